extension Tensor {
  /// The axes in the given order: axis i of the result is axis `permutation[i]` of this tensor.
  public func transposed(_ permutation: [Int]) -> Tensor {
    precondition(permutation.sorted() == Array(0..<shape.rank), "\(permutation) does not permute the axes of \(shape)")
    let strides = shape.strides
    return gathering(Shape(permutation.map { shape[$0] }), origin: 0, steps: permutation.map { strides[$0] })
  }

  /// The given indices of one axis, in the given order; each lies in range.
  public func selecting(indices: [Int], axis: Int) -> Tensor {
    precondition(axis >= 0 && axis < shape.rank, "no axis \(axis) in \(shape)")
    precondition(indices.allSatisfy { $0 >= 0 && $0 < shape[axis] }, "an index lies outside axis \(axis) of \(shape)")
    let (outer, inner) = extents(around: axis)
    let extent = shape[axis]
    var result = shape
    result[axis] = indices.count
    return withExtendedLifetime(self) {
      Tensor(shape: result) { buffer in
        guard inner > 0, var to = buffer.baseAddress else { return }
        for block in 0..<outer {
          for index in indices {
            to.initialize(from: storage.pointer + (block * extent + index) * inner, count: inner)
            to += inner
          }
        }
      }
    }
  }

  /// Every `steps[i]`-th index from `starts[i]` up to, not including, `ends[i]`, along `axes[i]`.
  ///
  /// Starts, ends and steps are resolved: in range, and with a negative step the start lies behind the end (which may
  /// be -1). An axis that is not named stays whole.
  public func sliced(starts: [Int], ends: [Int], steps: [Int], axes: [Int]) -> Tensor {
    precondition(
      starts.count == axes.count && ends.count == axes.count && steps.count == axes.count
        && Set(axes).count == axes.count,
      "a slice needs one start, end and step an axis")
    var strides = shape.strides
    var result = shape
    var origin = 0
    for (index, axis) in axes.enumerated() {
      precondition(axis >= 0 && axis < shape.rank && steps[index] != 0, "no axis \(axis) in \(shape), or a step of 0")
      let span = steps[index] > 0 ? ends[index] - starts[index] : starts[index] - ends[index]
      let step = abs(steps[index])
      let count = span > 0 ? (span - 1) / step + 1 : 0
      if count > 0 {
        let last = starts[index] + (count - 1) * steps[index]
        precondition(
          starts[index] >= 0 && starts[index] < shape[axis] && last >= 0 && last < shape[axis],
          "a slice leaves axis \(axis) of \(shape)")
        origin += starts[index] * strides[axis]
      }
      result[axis] = count
      strides[axis] *= steps[index]
    }
    return gathering(result, origin: origin, steps: strides)
  }

  /// The tensors one after the other along an axis; all other extents agree, and there is at least one tensor.
  public static func concatenating(_ tensors: [Tensor], axis: Int) -> Tensor {
    precondition(!tensors.isEmpty, "nothing to concatenate")
    var shape = tensors[0].shape
    precondition(axis >= 0 && axis < shape.rank, "no axis \(axis) in \(shape)")
    shape[axis] = 0
    for tensor in tensors {
      var other = tensor.shape
      precondition(other.rank == shape.rank, "\(other) and \(tensors[0].shape) cannot be concatenated")
      other[axis] = shape[axis]
      precondition(other == shape, "\(tensor.shape) and \(tensors[0].shape) cannot be concatenated")
      shape[axis] += tensor.shape[axis]
    }
    let (outer, _) = tensors[0].extents(around: axis)
    return Tensor(shape: shape) { buffer in
      guard var to = buffer.baseAddress else { return }
      for block in 0..<outer {
        for tensor in tensors {
          let count = tensor.count / outer
          to.initialize(from: tensor.storage.pointer + block * count, count: count)
          to += count
        }
      }
    }
  }

  /// The tensor inside a border of `value`, `before[i]` and `after[i]` wide along axis i. Negative widths crop.
  public func padded(before: [Int], after: [Int], value: Float) -> Tensor {
    precondition(before.count == shape.rank && after.count == shape.rank, "a padding needs two widths an axis")
    let extents = (0..<shape.rank).map { shape[$0] + before[$0] + after[$0] }
    precondition(extents.allSatisfy { $0 >= 0 }, "a padding crops \(shape) to less than nothing")
    var result = Tensor(shape: Shape(extents), repeating: value)
    // What of each axis stays.
    let first = before.map { Swift.max(-$0, 0) }
    let kept = (0..<shape.rank).map { Swift.max(shape[$0] - first[$0] - Swift.max(-after[$0], 0), 0) }
    guard !kept.contains(0), let inner = kept.last else {
      if shape.rank == 0 { return self }
      return result
    }
    let from = shape.strides
    let to = result.shape.strides
    let source = zip(first, from).reduce(0) { $0 + $1.0 * $1.1 }
    let target = zip(before, to).reduce(0) { $0 + Swift.max($1.0, 0) * $1.1 }
    result.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let axes = shape.rank - 1
      forEachIndex(Array(kept.prefix(axes)), Array(from.prefix(axes)), Array(to.prefix(axes))) { read, write in
        (base + target + write).update(from: storage.pointer + source + read, count: inner)
      }
    }
    return result
  }

  /// A tensor whose element at (i, j, ...) is this tensor's element number `origin + i * steps[0] + j * steps[1] ...`.
  func gathering(_ result: Shape, origin: Int, steps: [Int]) -> Tensor {
    Tensor(shape: result) { buffer in
      guard let base = buffer.baseAddress, !buffer.isEmpty else { return }
      let axes = Swift.max(result.rank - 1, 0)
      let inner = result.dimensions.last ?? 1
      let step = steps.last ?? 1
      let from = storage.pointer + origin
      var to = base
      forEachIndex(
        Array(result.dimensions.prefix(axes)), Array(steps.prefix(axes)), [Int](repeating: 0, count: axes)
      ) { read, _ in
        if step == 1 {
          to.initialize(from: from + read, count: inner)
        } else {
          for index in 0..<inner { to[index] = from[read + index * step] }
        }
        to += inner
      }
    }
  }

  /// The number of elements before an axis, and of those after it.
  func extents(around axis: Int) -> (outer: Int, inner: Int) {
    (shape.dimensions.prefix(axis).reduce(1, *), shape.dimensions.dropFirst(axis + 1).reduce(1, *))
  }
}

/// Calls `body` for each index in row-major order with its positions under two sets of strides.
func forEachIndex(_ extents: [Int], _ first: [Int], _ second: [Int], _ body: (Int, Int) -> Void) {
  guard !extents.contains(0) else { return }
  var index = [Int](repeating: 0, count: extents.count)
  var (a, b) = (0, 0)
  while true {
    body(a, b)
    var axis = extents.count - 1
    while axis >= 0 {
      index[axis] += 1
      a += first[axis]
      b += second[axis]
      if index[axis] < extents[axis] { break }
      a -= extents[axis] * first[axis]
      b -= extents[axis] * second[axis]
      index[axis] = 0
      axis -= 1
    }
    if axis < 0 { return }
  }
}
