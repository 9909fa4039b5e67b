import Glibc

extension Tensor {
  /// exp(x) / sum of exp(x) along an axis, shifted by the axis's largest element so that nothing overflows.
  public func softmax(axis: Int) -> Tensor {
    precondition(axis >= 0 && axis < shape.rank, "no axis \(axis) in \(shape)")
    let (outer, inner) = extents(around: axis)
    let extent = shape[axis]
    return Tensor(shape: shape) { buffer in
      guard let base = buffer.baseAddress, extent > 0 else { return }
      for block in 0..<outer {
        for offset in 0..<inner {
          let from = storage.pointer + block * extent * inner + offset
          let to = base + block * extent * inner + offset
          var largest = -Float.infinity
          for index in 0..<extent { largest = Swift.max(largest, from[index * inner]) }
          var sum: Float = 0
          for index in 0..<extent {
            let power = expf(from[index * inner] - largest)
            to[index * inner] = power
            sum += power
          }
          for index in 0..<extent { to[index * inner] /= sum }
        }
      }
    }
  }

  /// How axes are reduced.
  public enum Reduction: Hashable, Sendable { case mean, sum, maximum, minimum }

  /// The mean over the given axes; with `keepDims` they stay as extents of 1.
  public func mean(axes: [Int], keepDims: Bool) -> Tensor { reduced(.mean, axes: axes, keepDims: keepDims) }

  /// The reduction over the given axes; with `keepDims` they stay as extents of 1. Sums are kept in double precision.
  public func reduced(_ reduction: Reduction, axes: [Int], keepDims: Bool) -> Tensor {
    precondition(axes.allSatisfy { $0 >= 0 && $0 < shape.rank }, "axes \(axes) do not all exist in \(shape)")
    let gone = Set(axes)
    let kept = (0..<shape.rank).filter { !gone.contains($0) }
    let ordered = transposed(kept + axes.uniqued())
    let outer = kept.reduce(1) { $0 * shape[$1] }
    let inner = gone.reduce(1) { $0 * shape[$1] }
    let result =
      keepDims
      ? Shape((0..<shape.rank).map { gone.contains($0) ? 1 : shape[$0] }) : Shape(kept.map { shape[$0] })
    return Tensor(shape: result) { buffer in
      for block in 0..<outer {
        let from = UnsafeBufferPointer(start: ordered.storage.pointer + block * inner, count: inner)
        switch reduction {
        case .sum: buffer[block] = Float(from.reduce(0.0) { $0 + Double($1) })
        case .mean: buffer[block] = Float(from.reduce(0.0) { $0 + Double($1) } / Double(inner))
        case .maximum: buffer[block] = from.reduce(-.infinity) { Swift.max($0, $1) }
        case .minimum: buffer[block] = from.reduce(.infinity) { Swift.min($0, $1) }
        }
      }
    }
  }
}

extension Array where Element: Hashable {
  /// The elements without repetitions, in the order of their first occurrence.
  fileprivate func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
