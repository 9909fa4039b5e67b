/// The extents of a tensor, outermost first.
public struct Shape: Hashable, Sendable, Codable, ExpressibleByArrayLiteral, CustomStringConvertible {
  public var dimensions: [Int]

  public init(_ dimensions: [Int]) { self.dimensions = dimensions }
  public init(arrayLiteral elements: Int...) { dimensions = elements }

  public var rank: Int { dimensions.count }
  public subscript(axis: Int) -> Int {
    get { dimensions[axis] }
    set { dimensions[axis] = newValue }
  }

  /// The number of elements; 1 for a scalar. Traps on overflow: whoever reads shapes from outside validates them first
  /// with `checkedElementCount`.
  public var elementCount: Int { dimensions.reduce(1, *) }

  /// The number of elements, or nil where a dimension is negative or the product overflows `limit`.
  public func checkedElementCount(limit: Int = 1 << 40) -> Int? {
    var count = 1
    for dimension in dimensions {
      guard dimension >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard !overflow, product <= limit else { return nil }
      count = product
    }
    return count
  }

  /// Elements from one index of each axis to the next in row-major order.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] * dimensions[axis + 1] }
    return strides
  }

  public var description: String { dimensions.map(String.init).joined(separator: "x") }

  public init(from decoder: any Decoder) throws { dimensions = try [Int](from: decoder) }
  public func encode(to encoder: any Encoder) throws { try dimensions.encode(to: encoder) }
}
