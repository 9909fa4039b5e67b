import CKernels

extension FeatureMap {
  /// The activation of every element.
  public func applying(_ activation: Activation) -> FeatureMap {
    if activation == .none { return self }
    let result = FeatureMap(uninitialized: channels, height, width, on: instructionSet)
    let (minimum, maximum) = activation.bounds
    instructionSet.kernels.clamp(storage.count, minimum, maximum, storage.pointer, result.storage.pointer)
    return result
  }

  /// The sum with a map of the same extents, or of C x 1 x 1 for all pixels, then the activation.
  public func adding(_ other: FeatureMap, activation: Activation = .none) -> FeatureMap {
    if other.pixels == 1, pixels != 1 {
      let ones = [Float](repeating: 1, count: channels)
      return scaled(by: ones, shift: other.perChannel(for: self)).applying(activation)
    }
    checkSameExtents(other)
    let result = FeatureMap(uninitialized: channels, height, width, on: instructionSet)
    let (minimum, maximum) = activation.bounds
    instructionSet.kernels.add(
      storage.count, minimum, maximum, storage.pointer, other.storage.pointer, result.storage.pointer)
    return result
  }

  /// The product with a map of the same extents, or of C x 1 x 1 for all pixels.
  public func multiplied(by other: FeatureMap) -> FeatureMap {
    if other.pixels == 1, pixels != 1 {
      return scaled(by: other.perChannel(for: self), shift: [Float](repeating: 0, count: channels))
    }
    checkSameExtents(other)
    let result = FeatureMap(uninitialized: channels, height, width, on: instructionSet)
    instructionSet.kernels.multiply(
      storage.count, storage.pointer, other.storage.pointer, result.storage.pointer)
    return result
  }

  /// x * scale + shift, a factor and a term per channel: batch normalisation, its statistics folded.
  public func scaled(by scale: [Float], shift: [Float]) -> FeatureMap {
    precondition(
      scale.count == channels && shift.count == channels, "\(channels) channels need as many factors and terms")
    let result = FeatureMap(uninitialized: channels, height, width, on: instructionSet)
    let padding = [Float](repeating: 0, count: (channels + block - 1) / block * block - channels)
    instructionSet.kernels.scale(
      channels, pixels, scale + padding, shift + padding, storage.pointer, result.storage.pointer)
    return result
  }

  /// x, or slope * x where x is negative, a slope per channel.
  public func scalingNegatives(by slopes: [Float]) -> FeatureMap {
    let negative = applying(.clip(minimum: -.infinity, maximum: 0))
    return applying(.relu).adding(negative.scaled(by: slopes, shift: [Float](repeating: 0, count: channels)))
  }

  /// x / (bias + alpha / size * sum of squares over `size` neighbouring channels)^beta.
  ///
  /// Local response normalisation across channels, Krizhevsky et al. 2012, section 3.3, as ONNX scales alpha.
  public func localResponseNormalized(size: Int, alpha: Float, beta: Float, bias: Float) -> FeatureMap {
    precondition(size > 0, "a normalisation over \(size) channels")
    let result = FeatureMap(uninitialized: channels, height, width, on: instructionSet)
    instructionSet.kernels.normalize_response(
      channels, pixels, size, alpha, beta, bias, storage.pointer, result.storage.pointer)
    return result
  }

  /// A function of every element. Padding lanes become 0.
  public func mapElements(_ function: (Float) -> Float) -> FeatureMap {
    let result = FeatureMap(channels: channels, height: height, width: width, on: instructionSet)
    for first in stride(from: 0, to: channels, by: block) {
      let lanes = min(block, channels - first)
      let from = UnsafePointer(start(ofRow: first))
      let to = result.start(ofRow: first)
      for pixel in 0..<pixels {
        for lane in 0..<lanes { to[pixel * block + lane] = function(from[pixel * block + lane]) }
      }
    }
    return result
  }

  private func perChannel(for map: FeatureMap) -> [Float] {
    precondition(channels == map.channels, "maps of \(map.shape) and \(shape) do not combine")
    return (0..<channels).map { storage.pointer[$0] }
  }

  private func checkSameExtents(_ other: FeatureMap) {
    precondition(
      other.channels == channels && other.height == height && other.width == width && other.block == block,
      "maps of \(shape) and \(other.shape) do not combine")
  }
}
