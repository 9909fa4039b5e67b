import Glibc

extension Tensor {
  /// How axes are reduced.
  public enum Reduction: Hashable, Sendable, CaseIterable {
    case mean, sum, maximum, minimum, product
    /// The sum of |x|, and the root of the sum of x^2.
    case l1, l2
    case sumOfSquares
    /// The logarithm of the sum, and of the sum of e^x.
    case logSum, logSumExp
  }

  /// The mean over the given axes; with `keepDims` they stay as extents of 1.
  public func mean(axes: [Int], keepDims: Bool) -> Tensor { reduced(.mean, axes: axes, keepDims: keepDims) }

  /// The reduction over the given axes, which all differ; with `keepDims` they stay as extents of 1. Over no axis at all,
  /// each element is reduced by itself; of no elements a sum is 0, a product 1, a maximum -infinity. Sums and products are
  /// kept in double precision.
  public func reduced(_ reduction: Reduction, axes: [Int], keepDims: Bool) -> Tensor {
    precondition(axes.allSatisfy { $0 >= 0 && $0 < shape.rank }, "axes \(axes) do not all exist in \(shape)")
    let gone = Set(axes)
    let kept = (0..<shape.rank).filter { !gone.contains($0) }
    let order = kept + gone.sorted()
    let ordered = order == Array(0..<shape.rank) ? self : transposed(order)
    let outer = kept.reduce(1) { $0 * shape[$1] }
    let inner = gone.reduce(1) { $0 * shape[$1] }
    let result =
      keepDims
      ? Shape((0..<shape.rank).map { gone.contains($0) ? 1 : shape[$0] }) : Shape(kept.map { shape[$0] })
    return Tensor(shape: result) { buffer in
      for block in 0..<outer {
        buffer[block] = reduction.apply(
          UnsafeBufferPointer(start: ordered.storage.pointer + block * inner, count: inner))
      }
    }
  }
}

extension Tensor.Reduction {
  fileprivate func apply(_ elements: UnsafeBufferPointer<Float>) -> Float {
    switch self {
    case .mean: return Float(sum(elements) { $0 } / Double(elements.count))
    case .sum: return Float(sum(elements) { $0 })
    case .maximum: return elements.reduce(-.infinity) { Swift.max($0, $1) }
    case .minimum: return elements.reduce(.infinity) { Swift.min($0, $1) }
    case .product: return Float(elements.reduce(1.0) { $0 * Double($1) })
    case .l1: return Float(sum(elements) { abs($0) })
    case .l2: return Float(sum(elements) { $0 * $0 }.squareRoot())
    case .sumOfSquares: return Float(sum(elements) { $0 * $0 })
    case .logSum: return Float(log(sum(elements) { $0 }))
    case .logSumExp:
      let largest = elements.reduce(-.infinity) { Swift.max($0, $1) }
      guard largest.isFinite else { return largest }
      return Float(Double(largest) + log(sum(elements) { exp($0 - Double(largest)) }))
    }
  }

  @inline(__always)
  private func sum(_ elements: UnsafeBufferPointer<Float>, of function: (Double) -> Double) -> Double {
    var sum = 0.0
    for element in elements { sum += function(Double(element)) }
    return sum
  }
}
