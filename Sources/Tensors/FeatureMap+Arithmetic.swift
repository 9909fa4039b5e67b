import CKernels

extension FeatureMap {
  /// The activation of every element.
  public func applying(_ activation: Activation) -> FeatureMap {
    if activation == .none { return self }
    let result = FeatureMap(uninitialized: channels, height, width, on: instructionSet)
    withExtendedLifetime(self) {
      instructionSet.unary(
        ek_unary(
          count: storage.count, activation: activation.forKernels, input: UnsafePointer(storage.pointer),
          output: result.storage.pointer))
    }
    // What lies beyond the channels may have become infinite.
    let lanes = channels % block
    if lanes > 0 {
      for lane in lanes..<block { ek_fill_strided(pixels, 0, result.start(ofRow: channels - lanes + lane), block) }
    }
    return result
  }

  /// The sum with a map of the same extents, or of C x 1 x 1 for all pixels, then the activation.
  public func adding(_ other: FeatureMap, activation: Activation = .none) -> FeatureMap {
    if other.pixels == 1, pixels != 1 {
      let ones = [Float](repeating: 1, count: channels)
      return scaled(by: ones, shift: other.perChannel(for: self)).applying(activation)
    }
    return combined(with: other, EK_ADD, activation)
  }

  /// The product with a map of the same extents, or of C x 1 x 1 for all pixels.
  public func multiplied(by other: FeatureMap) -> FeatureMap {
    if other.pixels == 1, pixels != 1 {
      return scaled(by: other.perChannel(for: self), shift: [Float](repeating: 0, count: channels))
    }
    return combined(with: other, EK_MULTIPLY, .none)
  }

  private func combined(with other: FeatureMap, _ operation: ek_operation, _ activation: Activation) -> FeatureMap {
    checkSameExtents(other)
    let result = FeatureMap(uninitialized: channels, height, width, on: instructionSet)
    withExtendedLifetime((self, other)) {
      instructionSet.binary(
        ek_binary(
          operation: operation, count: storage.count, activation: activation.forKernels,
          a: UnsafePointer(storage.pointer), b: UnsafePointer(other.storage.pointer), output: result.storage.pointer))
    }
    return result
  }

  /// x * scale + shift, a factor and a term per channel: batch normalisation, its statistics folded.
  public func scaled(by scale: [Float], shift: [Float]) -> FeatureMap {
    precondition(
      scale.count == channels && shift.count == channels, "\(channels) channels need as many factors and terms")
    let result = FeatureMap(uninitialized: channels, height, width, on: instructionSet)
    let padding = [Float](repeating: 0, count: (channels + block - 1) / block * block - channels)
    (scale + padding).withUnsafeBufferPointer { scale in
      (shift + padding).withUnsafeBufferPointer { shift in
        instructionSet.scale(
          ek_scaling(
            channels: channels, pixels: pixels, scale: scale.baseAddress, shift: shift.baseAddress,
            activation: Activation.none.forKernels, input: UnsafePointer(storage.pointer),
            output: result.storage.pointer))
      }
    }
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
    withExtendedLifetime(self) {
      instructionSet.normalizeResponse(
        ek_response_normalization(
          channels: channels, pixels: pixels, size: size, alpha: alpha, beta: beta, bias: bias,
          input: UnsafePointer(storage.pointer), output: result.storage.pointer))
    }
    return result
  }

  /// A function of every element. Padding lanes become 0.
  public func mapElements(_ function: (Float) -> Float) -> FeatureMap {
    mapped { source, target in
      for index in source.indices { target[index] = function(source[index]) }
    }
  }

  /// A map of these extents that `body` fills from this one's elements: the whole blocks in one call, the channels of a
  /// block that is not whole in another. Elements do not stand in row-major order.
  public func mapped(_ body: (Span<Float>, inout MutableSpan<Float>) -> Void) -> FeatureMap {
    let result = FeatureMap(uninitialized: channels, height, width, on: instructionSet)
    let lanes = channels % block
    let first = channels - lanes
    withExtendedLifetime((self, result)) {
      Self.pass(storage.pointer, to: result.storage.pointer, count: first * pixels, body)
    }
    guard lanes > 0 else { return result }
    let from = AlignedStorage(count: lanes * pixels)
    let to = AlignedStorage(count: lanes * pixels)
    for lane in 0..<lanes {
      ek_copy_strided(pixels, start(ofRow: first + lane), block, from.pointer + lane * pixels, 1)
    }
    Self.pass(from.pointer, to: to.pointer, count: from.count, body)
    for lane in 0..<lanes {
      ek_copy_strided(pixels, to.pointer + lane * pixels, 1, result.start(ofRow: first + lane), block)
    }
    for lane in lanes..<block { ek_fill_strided(pixels, 0, result.start(ofRow: first + lane), block) }
    return result
  }

  private static func pass(
    _ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int,
    _ body: (Span<Float>, inout MutableSpan<Float>) -> Void
  ) {
    guard count > 0 else { return }
    var written = MutableSpan(_unsafeElements: UnsafeMutableBufferPointer(start: target, count: count))
    body(Span(_unsafeElements: UnsafeBufferPointer(start: source, count: count)), &written)
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
