/// How each index of an axis after resampling comes from indices before it: a weighted sum, its taps.
///
/// Every way of resizing that treats the axes one by one is this: nearest neighbours have one tap of weight 1, linear
/// interpolation two, cubic four, a filter against aliasing as many as it covers.
public struct Resampling: Hashable, Sendable {
  public struct Tap: Hashable, Sendable {
    public var index: Int
    public var weight: Float

    public init(index: Int, weight: Float) {
      self.index = index
      self.weight = weight
    }
  }

  /// The extent of the axis before.
  public let input: Int
  /// The extent after.
  public let output: Int
  /// The taps of all output indices, one after the other.
  let taps: [Tap]
  /// Where each output index's taps begin, and where the last one's end.
  let starts: [Int]

  /// Asks for the taps of each output index; they must lie inside the input.
  public init(input: Int, output: Int, tapsOf: (Int) -> [Tap]) {
    var taps: [Tap] = []
    var starts = [0]
    starts.reserveCapacity(output + 1)
    for index in 0..<output {
      taps += tapsOf(index)
      starts.append(taps.count)
    }
    precondition(taps.allSatisfy { $0.index >= 0 && $0.index < input }, "a tap lies outside an extent of \(input)")
    self.input = input
    self.output = output
    self.taps = taps
    self.starts = starts
  }

  /// One that changes nothing.
  public static func identity(_ extent: Int) -> Resampling {
    Resampling(input: extent, output: extent) { [Tap(index: $0, weight: 1)] }
  }

  /// Whether nothing changes.
  public var isIdentity: Bool {
    input == output && taps.count == output
      && taps.enumerated().allSatisfy { $0.element == Tap(index: $0.offset, weight: 1) }
      && starts.elementsEqual(0...output)
  }

  /// The one index that each output index takes over as it is; nil where numbers are weighed.
  public var indices: [Int]? {
    guard taps.count == output, starts.elementsEqual(0...output), taps.allSatisfy({ $0.weight == 1 }) else {
      return nil
    }
    return taps.map(\.index)
  }

  /// The weights as a matrix, [output, input].
  public var matrix: Tensor {
    var elements = [Float](repeating: 0, count: output * input)
    for index in 0..<output {
      for tap in taps[starts[index]..<starts[index + 1]] { elements[index * input + tap.index] += tap.weight }
    }
    return Tensor(shape: [output, input], elements: elements)
  }

  /// Resamples `outer` runs of `input` x `inner` floats each.
  func apply(outer: Int, inner: Int, from: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>) {
    taps.withUnsafeBufferPointer { taps in
      starts.withUnsafeBufferPointer { starts in
        for block in 0..<outer {
          let source = from + block * input * inner
          let target = to + block * output * inner
          for index in 0..<output {
            let row = target + index * inner
            let first = starts[index]
            let end = starts[index + 1]
            if inner == 1 {
              var sum: Float = 0
              for at in first..<end { sum += taps[at].weight * source[taps[at].index] }
              row.initialize(to: sum)
              continue
            }
            Self.combine(taps[first..<end], source, inner, row)
          }
        }
      }
    }
  }

  /// One output index's row of `inner` floats.
  @inline(__always)
  private static func combine(
    _ taps: Slice<UnsafeBufferPointer<Tap>>, _ source: UnsafePointer<Float>, _ inner: Int,
    _ row: UnsafeMutablePointer<Float>
  ) {
    guard let first = taps.first else {
      row.initialize(repeating: 0, count: inner)
      return
    }
    let a = source + first.index * inner
    if taps.count == 1, first.weight == 1 {
      row.initialize(from: a, count: inner)
      return
    }
    if taps.count == 2 {
      let last = taps[taps.startIndex + 1]
      let b = source + last.index * inner
      for at in 0..<inner { row[at] = first.weight * a[at] + last.weight * b[at] }
      return
    }
    for at in 0..<inner { row[at] = first.weight * a[at] }
    for tap in taps.dropFirst() {
      let b = source + tap.index * inner
      for at in 0..<inner { row[at] += tap.weight * b[at] }
    }
  }
}

extension Tensor {
  /// The tensor resampled along an axis, which has the resampling's input extent.
  public func resampled(axis: Int, _ resampling: Resampling) -> Tensor {
    precondition(
      axis >= 0 && axis < shape.rank && shape[axis] == resampling.input, "axis \(axis) of \(shape) does not resample")
    var result = shape
    result[axis] = resampling.output
    let (outer, inner) = extents(around: axis)
    return Tensor(shape: result) { buffer in
      guard let base = buffer.baseAddress, !buffer.isEmpty else { return }
      resampling.apply(outer: outer, inner: inner, from: storage.pointer, to: base)
    }
  }
}

extension FeatureMap {
  /// The map resampled along its height and its width, the axis first that shrinks more.
  public func resampled(height vertical: Resampling, width horizontal: Resampling) -> FeatureMap {
    precondition(vertical.input == height && horizontal.input == width, "\(shape) does not resample so")
    let verticalFirst = vertical.output * horizontal.input <= vertical.input * horizontal.output
    return verticalFirst
      ? resampledVertically(vertical).resampledHorizontally(horizontal)
      : resampledHorizontally(horizontal).resampledVertically(vertical)
  }

  private func resampledVertically(_ resampling: Resampling) -> FeatureMap {
    if resampling.isIdentity { return self }
    let result = FeatureMap(uninitialized: channels, resampling.output, width, on: instructionSet)
    resampling.apply(
      outer: (channels + block - 1) / block, inner: width * block, from: storage.pointer, to: result.storage.pointer)
    return result
  }

  private func resampledHorizontally(_ resampling: Resampling) -> FeatureMap {
    if resampling.isIdentity { return self }
    let result = FeatureMap(uninitialized: channels, height, resampling.output, on: instructionSet)
    resampling.apply(
      outer: (channels + block - 1) / block * height, inner: block, from: storage.pointer, to: result.storage.pointer)
    return result
  }
}
