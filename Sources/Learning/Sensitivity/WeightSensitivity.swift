public import Networks
import Tensors

/// How much each weight moves a network's answers: the mean over samples of |weight * gradient of the loss by it|, what a
/// score of importance by gradient adds up over a row (Molchanov et al., "Pruning convolutional neural networks for
/// resource efficient inference", 2017).
///
/// The loss is the cross-entropy of one sample, so its gradient is taken sample by sample, and made positive before the
/// mean: over a batch, samples that pull one weight to and fro would cancel out.
public struct WeightSensitivity: Sendable {
  /// By the constant's name, in the order of its numbers.
  public private(set) var scores: [String: [Double]] = [:]
  /// Samples looked at.
  public private(set) var sampleCount = 0

  /// - Parameters:
  ///   - network: with batch normalisation merged into its layers (`Network.simplified()`); it has one input and gives
  ///     logits, or their softmax.
  ///   - samples: inputs, row-major, each with its label; without one the network's own answer counts.
  ///   - goOn: told how many samples are done; false ends the work there.
  public init(
    of network: Network, on samples: some Sequence<(numbers: [Float], label: Int?)>, threads: Int,
    goOn: (Int) -> Bool = { _ in true }
  ) throws {
    guard !network.nodes.contains(where: { $0.operatorType == "BatchNormalization" }) else {
      throw LearningError.mismatch(
        "network '\(network.name)' has batch normalisation on its own: of one sample there are no statistics; merge it "
          + "into the layers first")
    }
    let head = try ClassifierHead(network)
    let run = try TrainingRun(network, samples: 1, threads: threads, observed: [head.logits])
    let weights = run.parameters
    var sums = [Double](repeating: 0, count: weights.count)
    for (numbers, label) in samples {
      guard numbers.count == network.inputs[0].shape.elementCount else {
        throw LearningError.mismatch(
          "network '\(network.name)' takes \(network.inputs[0].shape), a sample has \(numbers.count) numbers")
      }
      let logits = run.forward([numbers])[0]
      let own = logits.indices.max { logits[$0] < logits[$1] } ?? 0
      guard (0..<logits.count).contains(label ?? own) else {
        throw LearningError.mismatch("label \(label ?? own) is not one of \(logits.count) classes")
      }
      var target = [Float](repeating: 0, count: logits.count)
      target[label ?? own] = 1
      let (loss, gradient) = Loss.crossEntropy()(logits, targets: target, samples: 1)
      guard loss.isFinite else {
        let node = run.nonFiniteNode()
        throw LearningError.diverged(
          step: sampleCount, node: node?.name ?? "the loss", operatorType: node?.operatorType ?? "cross-entropy")
      }
      run.backward([gradient])
      let gradients = run.gradients
      for index in sums.indices { sums[index] += Double(abs(gradients[index] * weights[index])) }
      sampleCount += 1
      guard goOn(sampleCount) else { break }
    }
    guard sampleCount > 0 else { throw LearningError.mismatch("sensitivity needs samples, and there are none") }
    let count = Double(sampleCount)
    for entry in run.layout.entries { scores[entry.name] = sums[entry.range].map { $0 / count } }
  }
}
