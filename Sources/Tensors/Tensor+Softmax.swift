import CKernels
import Glibc

extension Tensor {
  /// exp(x) / sum of exp(x) along an axis, shifted by the axis's largest element so that nothing overflows.
  public func softmax(axis: Int) -> Tensor {
    if axis == shape.rank - 1, count > 0 { return softmaxOfRows() }
    return alongAxis(axis) { from, to, count, step in
      var sum: Float = 0
      let largest = Self.largest(from, count, step).element
      for index in 0..<count {
        let power = expf(from[index * step] - largest)
        to[index * step] = power
        sum += power
      }
      for index in 0..<count { to[index * step] /= sum }
    }
  }

  private func softmaxOfRows() -> Tensor {
    let width = shape[shape.rank - 1]
    return Tensor(shape: shape) { buffer in
      InstructionSet.current.softmax(
        ek_softmax(
          rows: count / width, width: width, input: UnsafePointer(storage.pointer), output: buffer.baseAddress))
    }
  }

  /// x - log(sum of exp(x)) along an axis, without overflow.
  public func logSoftmax(axis: Int) -> Tensor {
    alongAxis(axis) { from, to, count, step in
      var sum: Float = 0
      let largest = Self.largest(from, count, step).element
      for index in 0..<count { sum += expf(from[index * step] - largest) }
      let logarithm = logf(sum)
      for index in 0..<count { to[index * step] = from[index * step] - largest - logarithm }
    }
  }

  /// 1 at the first of the largest elements along an axis, 0 elsewhere.
  public func hardmax(axis: Int) -> Tensor {
    alongAxis(axis) { from, to, count, step in
      let best = Self.largest(from, count, step).index
      for index in 0..<count { to[index * step] = index == best ? 1 : 0 }
    }
  }

  private static func largest(_ from: UnsafePointer<Float>, _ count: Int, _ step: Int) -> (element: Float, index: Int) {
    var best = (element: -Float.infinity, index: 0)
    for index in 0..<count where from[index * step] > best.element { best = (from[index * step], index) }
    return best
  }

  /// Runs `body` for each line along an axis: source, result, elements, the step between them. Lines are not empty.
  private func alongAxis(
    _ axis: Int, _ body: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Int) -> Void
  ) -> Tensor {
    precondition(axis >= 0 && axis < shape.rank, "no axis \(axis) in \(shape)")
    let (outer, inner) = extents(around: axis)
    let extent = shape[axis]
    return Tensor(shape: shape) { buffer in
      guard let base = buffer.baseAddress, extent > 0 else { return }
      for block in 0..<outer {
        for offset in 0..<inner {
          let start = block * extent * inner + offset
          body(storage.pointer + start, base + start, extent, inner)
        }
      }
    }
  }
}
