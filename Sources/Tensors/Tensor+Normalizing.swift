extension Tensor {
  /// A run's statistics: what was taken off its elements, and what they were multiplied by then.
  public struct Moments: Sendable {
    public var mean: Float
    public var factor: Float
  }

  /// The tensor's consecutive runs of `size` elements, each by itself brought to variance 1 and, when `centring`, to
  /// mean 0 before: (x - mean) / sqrt(variance + epsilon). Without centring the mean square stands for the variance.
  /// Then each element of a run is multiplied by its own of `scale` and its own of `shift` added; both have `size`.
  public func normalized(
    runs size: Int, epsilon: Float, centring: Bool = true, scale: Tensor, shift: Tensor?
  ) -> (tensor: Tensor, moments: [Moments]) {
    precondition(scale.count == size && shift.map { $0.count == size } ?? true, "a run of \(size) needs as many scales")
    let scales = scale.storage.pointer
    return withExtendedLifetime((scale, shift)) {
      normalized(runs: size, epsilon: epsilon, centring: centring) { _, from, to, moments in
        if let shifts = shift?.storage.pointer {
          for index in 0..<size {
            to[index] = (from[index] - moments.mean) * moments.factor * scales[index] + shifts[index]
          }
        } else {
          for index in 0..<size { to[index] = (from[index] - moments.mean) * moments.factor * scales[index] }
        }
      }
    }
  }

  /// The runs of `size` elements of [N, C, ...] brought to mean 0 and variance 1, then each channel multiplied by its own
  /// of `channelScale` and its own of `shift` added. A run is some whole channels.
  public func normalized(runs size: Int, epsilon: Float, channelScale scale: Tensor, shift: Tensor) -> Tensor {
    let channels = shape[1]
    let pixels = count / Swift.max(shape[0] * channels, 1)
    precondition(
      scale.count == channels && shift.count == channels && pixels > 0 && size % pixels == 0,
      "runs of \(size) of \(shape), scaled by \(scale.shape)")
    return withExtendedLifetime((scale, shift)) {
      normalized(runs: size, epsilon: epsilon, centring: true) { run, from, to, moments in
        for part in 0..<size / pixels {
          let channel = (run * (size / pixels) + part) % channels
          let factor = moments.factor * scale.storage.pointer[channel]
          let term = shift.storage.pointer[channel]
          for index in part * pixels..<(part + 1) * pixels { to[index] = (from[index] - moments.mean) * factor + term }
        }
      }.tensor
    }
  }

  /// `write` gets each run's number, its elements, where to write and its statistics.
  private func normalized(
    runs size: Int, epsilon: Float, centring: Bool,
    write: (Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Moments) -> Void
  ) -> (tensor: Tensor, moments: [Moments]) {
    precondition(size > 0 && count % size == 0, "\(shape) does not divide into runs of \(size)")
    var moments: [Moments] = []
    moments.reserveCapacity(count / size)
    let tensor = Tensor(shape: shape) { buffer in
      guard let base = buffer.baseAddress else { return }
      for run in 0..<count / size {
        let from = UnsafeBufferPointer(start: storage.pointer + run * size, count: size)
        let mean = centring ? Self.sum(from) { $0 } / Float(size) : 0
        let squares = Self.sum(from) { ($0 - mean) * ($0 - mean) }
        moments.append(Moments(mean: mean, factor: 1 / (squares / Float(size) + epsilon).squareRoot()))
        write(run, storage.pointer + run * size, base + run * size, moments[run])
      }
    }
    return (tensor, moments)
  }

  /// The sum of a function of vectors of elements: eight sums side by side, which are quicker and err less than one.
  @inline(__always)
  private static func sum(
    _ elements: UnsafeBufferPointer<Float>, of function: (SIMD8<Float>) -> SIMD8<Float>
  ) -> Float {
    guard let base = elements.baseAddress else { return 0 }
    var sums = SIMD8<Float>()
    var index = 0
    let bytes = UnsafeRawPointer(base)
    while index + 8 <= elements.count {
      sums += function(bytes.loadUnaligned(fromByteOffset: index * 4, as: SIMD8<Float>.self))
      index += 8
    }
    var total = sums.sum()
    while index < elements.count {
      total += function(SIMD8(repeating: elements[index]))[0]
      index += 1
    }
    return total
  }
}
