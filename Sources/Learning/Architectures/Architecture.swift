public import Networks
public import Tensors

/// A kind of network by name, for pictures of any size and any number of classes.
public struct Architecture: Sendable {
  public let name: String
  /// Pictures have at least this height and width.
  public let minimumExtent: Int
  /// All layers but the last, the classifier: of a picture `[1, C, H, W]` they make a row of features.
  let layers: @Sendable () -> [Layer]

  public init(_ name: String, minimumExtent: Int = 8, @LayerList layers: @escaping @Sendable () -> [Layer]) {
    self.name = name
    self.minimumExtent = minimumExtent
    self.layers = layers
  }

  /// A new network of this kind: opset 17, the input "input" with numbers 0...1, the output "logits" (without Softmax),
  /// batch normalisation as nodes of its own. The same seed gives the same network on every machine.
  ///
  /// Throws `mismatch` for a picture or a number of classes that it cannot have.
  ///
  /// - Parameters:
  ///   - input: `[1, C, H, W]`.
  ///   - seed: of the weights; nil for weights of 0, where others will take their place.
  ///   - normalization: what the input is normalised by, in nodes "input.mean" and "input.scale"; nothing if none is
  ///     given.
  public func network(
    input: Shape, classes: Int, seed: UInt64?, normalization: InputNormalization? = nil
  ) throws(LearningError) -> Network {
    try check(input, classes: classes, normalization)
    do {
      var builder = LayerBuilder(name: name, input: input, seed: seed)
      var all = layers()
      if let normalization { all.insert(.normalization(normalization), at: 0) }
      all.append(.linear("classifier", classes, value: "logits"))
      let output = try builder.append(all, to: "input")
      return try builder.finished(output: output)
    } catch {
      throw .mismatch("architecture '\(name)' cannot take pictures of \(input): \(error)")
    }
  }

  /// Bounds of what a network is built for; their products fit.
  private static let (largestExtent, mostChannels, mostClasses) = (4096, 1024, 1 << 16)

  private func check(_ input: Shape, classes: Int, _ normalization: InputNormalization?) throws(LearningError) {
    guard input.rank == 4, input[0] == 1, (1...Self.mostChannels).contains(input[1]) else {
      throw .mismatch(
        "architecture '\(name)' takes pictures of 1xCxHxW with C up to \(Self.mostChannels), not \(input)")
    }
    let extents = minimumExtent...Self.largestExtent
    guard extents.contains(input[2]), extents.contains(input[3]) else {
      throw .mismatch(
        "architecture '\(name)' takes pictures of \(minimumExtent)x\(minimumExtent) to "
          + "\(Self.largestExtent)x\(Self.largestExtent), not \(input[2])x\(input[3]); choose another or resize them")
    }
    guard (1...Self.mostClasses).contains(classes) else {
      throw .mismatch("a network distinguishes 1 to \(Self.mostClasses) classes, not \(classes)")
    }
    guard let normalization else { return }
    guard normalization.mean.count == input[1], normalization.deviation.count == input[1] else {
      throw .mismatch(
        "the normalisation has \(normalization.mean.count) means and \(normalization.deviation.count) deviations for "
          + "\(input[1]) channels")
    }
    guard normalization.mean.allSatisfy(\.isFinite),
      normalization.deviation.allSatisfy({ $0.isNormal && $0 > 0 && (1 / $0).isFinite })
    else { throw .mismatch("the normalisation needs finite means and deviations above 0") }
  }
}

extension Layer {
  /// Takes the mean off and divides by the deviation, of each channel.
  fileprivate static func normalization(_ normalization: InputNormalization) -> Layer {
    .sequence("input") {
      Layer("mean") { (builder, x) throws(NetworkError) in
        let shape: Shape = [1, normalization.mean.count, 1, 1]
        let mean = builder.constant("mean.value", Tensor(shape: shape, elements: normalization.mean))
        return try builder.node("Sub", [x, mean], named: "mean")
      }
      Layer("scale") { (builder, x) throws(NetworkError) in
        let shape: Shape = [1, normalization.deviation.count, 1, 1]
        let factors = normalization.deviation.map { 1 / $0 }
        let scale = builder.constant("scale.value", Tensor(shape: shape, elements: factors))
        return try builder.node("Mul", [x, scale], named: "scale")
      }
    }
  }
}
