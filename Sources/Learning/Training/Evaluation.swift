public import Networks
import Synchronization
import Tensors

/// How many samples a network classifies rightly, computed as it will be used: prepared, one sample at a time.
public struct Evaluation: Hashable, Sendable {
  public var right: Int
  public var count: Int

  public var accuracy: Double { Double(right) / Double(max(count, 1)) }

  /// - Parameter limit: looks at so many of the samples at most, the first ones.
  public init(
    of network: Network, on data: any DataSet, threads: Int, limit: Int = .max
  ) throws {
    guard let input = network.inputs.first, network.inputs.count == 1, let output = network.outputs.first else {
      throw LearningError.mismatch("network '\(network.name)' does not have one input and an output")
    }
    guard input.shape.elementCount == data.sampleShape.elementCount else {
      throw LearningError.mismatch(
        "network '\(network.name)' takes \(input.shape), the samples of \(data.name) are \(data.sampleShape)")
    }
    let name = network.name
    let prepared = try PreparedNetwork(network)
    let count = min(data.count, limit)
    // Parts of equal size, each with an arena of its own.
    let parts = max(1, min(threads * 4, count))
    let total = Atomic(0)
    try Parallel.forEach(parts, threads: threads) { (part) throws(LearningError) in
      let arena = Arena()
      var right = 0
      for index in part * count / parts..<(part + 1) * count / parts {
        let sample = try data.sample(index)
        let results: [String: Tensor]
        do {
          results = try prepared.run(
            [input.name: Tensor(shape: input.shape, elements: sample.numbers)], in: arena)
        } catch { throw .mismatch("network '\(name)' failed on sample \(index): \(error)") }
        guard let scores = results[output.name]?.elements else { continue }
        let best = scores.indices.max { scores[$0] < scores[$1] }
        if best == sample.label { right += 1 }
      }
      total.add(right, ordering: .relaxed)
    }
    right = total.load(ordering: .relaxed)
    self.count = count
  }
}
