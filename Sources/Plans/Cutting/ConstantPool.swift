public import Networks
public import Tensors

/// A part of a constant: the given indices along one axis, ascending.
struct ConstantCut: Hashable {
  var name: String
  var axis: Int
  var rows: [Int]
}

/// Parts of a network's constants, each cut once and named once, however many slices share them.
public struct ConstantPool: Sendable {
  private let network: Network
  private var names: [ConstantCut: String] = [:]
  private var cutsByConstant: [String: Int] = [:]
  private var parts: [String: Constant] = [:]
  private let keepsParts: Bool
  private let weightType: WeightType
  /// Constants, and parts of them, that are stored in that type.
  private var matrices: Set<String>
  /// Bytes of each constant or part that a slice uses.
  private var byteCounts: [String: Int] = [:]

  /// - Parameters:
  ///   - weights: how the weights of convolutions and linear layers are stored.
  ///   - keepsParts: false where only the sizes matter: parts are named and measured, but not made.
  public init(of network: Network, weights type: WeightType = .float32, keepsParts: Bool = true) {
    self.network = network
    self.keepsParts = keepsParts
    weightType = type
    matrices = type == .float32 ? [] : network.weightMatrices
  }

  /// Bytes of all constants and parts that the slices made with this pool use.
  public var byteCount: Int { byteCounts.values.reduce(0, +) }

  /// The name of the part of `constant` with `rows` along `axis`.
  mutating func name(ofRows rows: [Int], axis: Int, of constant: String) -> String {
    guard let whole = network.constants[constant] else { return constant }
    guard rows.count < whole.shape[axis] else { return name(ofWhole: constant) }
    let cut = ConstantCut(name: constant, axis: axis, rows: rows)
    if let known = names[cut] { return known }
    let count = cutsByConstant[constant, default: 0]
    cutsByConstant[constant] = count + 1
    let name = "\(constant)~\(count)"
    names[cut] = name
    byteCounts[name] = (byteCount(of: constant) ?? 0) / max(whole.shape[axis], 1) * rows.count
    if matrices.contains(constant) { matrices.insert(name) }
    if keepsParts { parts[name] = whole.selecting(rows, axis: axis) }
    return name
  }

  /// Notes that a constant is used whole.
  mutating func name(ofWhole constant: String) -> String {
    byteCounts[constant] = byteCount(of: constant)
    return constant
  }

  private func byteCount(of constant: String) -> Int? {
    guard matrices.contains(constant) else { return network.constants[constant]?.byteCount }
    return network.constants[constant].map { $0.shape.elementCount * weightType.byteCount }
  }

  /// How the floats of the constant or part with this name are stored.
  func weightType(ofConstant name: String) -> WeightType { matrices.contains(name) ? weightType : .float32 }

  /// The constant or the part with this name.
  func constant(named name: String) -> Constant? { parts[name] ?? network.constants[name] }
}

extension Constant {
  var byteCount: Int {
    switch self {
    case .float: shape.elementCount * MemoryLayout<Float>.stride
    case .integer(let tensor): shape.elementCount * (tensor.isBoolean ? 1 : MemoryLayout<Int64>.stride)
    }
  }

  /// The elements at `indices` along `axis`.
  func selecting(_ indices: [Int], axis: Int) -> Constant {
    let inner = shape.dimensions.dropFirst(axis + 1).reduce(1, *)
    let outer = shape.dimensions.prefix(axis).reduce(1, *)
    let extent = shape[axis]
    var part = shape
    part[axis] = indices.count
    switch self {
    case .integer(let tensor):
      var elements: [Int] = []
      elements.reserveCapacity(part.elementCount)
      for block in 0..<outer {
        for index in indices {
          let start = (block * extent + index) * inner
          elements.append(contentsOf: tensor.elements[start..<start + inner])
        }
      }
      return .integer(IntegerTensor(shape: part, elements: elements, isBoolean: tensor.isBoolean))
    case .float(let tensor):
      let selected = unsafe Tensor(shape: part) { target in
        unsafe tensor.withUnsafeBufferPointer { source in
          var position = 0
          for block in 0..<outer {
            for index in indices {
              let start = (block * extent + index) * inner
              for element in start..<start + inner {
                unsafe target[position] = source[element]
                position += 1
              }
            }
          }
        }
      }
      return .float(selected)
    }
  }
}
