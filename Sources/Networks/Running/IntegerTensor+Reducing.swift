import Tensors

extension IntegerTensor {
  /// The reduction over the axes, which all differ; `shape` is the result's. Nil where a result does not fit an integer,
  /// or where this reduction has none.
  func reduced(_ reduction: Tensor.Reduction, axes: [Int], to shape: Shape) -> IntegerTensor? {
    let gone = Set(axes)
    let kept = (0..<self.shape.rank).filter { !gone.contains($0) }
    let ordered = transposed(kept + gone.sorted()).elements
    let outer = shape.elementCount
    let inner = ordered.count / Swift.max(outer, 1)
    var results: [Int] = []
    results.reserveCapacity(outer)
    for block in 0..<outer {
      guard let result = reduction.apply(ordered[block * inner..<(block + 1) * inner]) else { return nil }
      results.append(isBoolean ? (result > 0 ? 1 : 0) : result)
    }
    return IntegerTensor(shape: shape, elements: results, isBoolean: isBoolean)
  }
}

extension Tensor.Reduction {
  /// The types that can be reduced so, each to its own kind.
  var takenTypes: Set<ElementType> {
    switch self {
    case .maximum, .minimum: .all
    case .sum, .product, .l1, .sumOfSquares: .numbers
    case .mean, .l2, .logSum, .logSumExp: [.float]
    }
  }

  fileprivate func apply(_ elements: ArraySlice<Int>) -> Int? {
    switch self {
    // Of nothing at all, what any element would replace.
    case .maximum: return elements.max() ?? .min
    case .minimum: return elements.min() ?? .max
    case .mean, .l2, .logSum, .logSumExp: return nil
    case .sum, .product, .l1, .sumOfSquares: break
    }
    var result = self == .product ? 1 : 0
    for element in elements {
      let next: (partialValue: Int, overflow: Bool)
      switch self {
      case .product: next = result.multipliedReportingOverflow(by: element)
      case .sumOfSquares:
        let (square, overflow) = element.multipliedReportingOverflow(by: element)
        guard !overflow else { return nil }
        next = result.addingReportingOverflow(square)
      case .l1:
        guard element != .min else { return nil }
        next = result.addingReportingOverflow(abs(element))
      default: next = result.addingReportingOverflow(element)
      }
      guard !next.overflow else { return nil }
      result = next.partialValue
    }
    return result
  }
}
