public import Networks
public import Tensors

/// A network in training: its weights, their gradients for a batch, and the optimiser's state.
///
/// It belongs to the thread that runs it (it is not `Sendable`).
public final class TrainingRun {
  public let network: Network
  public let layout: ParameterLayout
  /// Samples in each batch.
  public let samples: Int
  private let graph: TrainingGraph
  private let run: BatchRun

  /// - Parameters:
  ///   - network: with all shapes frozen for one sample.
  ///   - observed: the values by which the loss is told; the network's outputs by default.
  ///   - frozen: constants that stay as they are.
  ///   - memoryLimit: bytes that weights, activations and gradients may take. Where they would take more, activations
  ///     are computed a second time instead of kept, as many as need be: with the same bits, but in more time. Throws
  ///     `mismatch` where even that takes too much.
  public init(
    _ network: Network, samples: Int, threads: Int, observed: [String]? = nil, frozen: Set<String> = [],
    memoryLimit: Int = .max
  ) throws {
    let (network, copies) = network.withOwnStatistics()
    layout = ParameterLayout(network, frozen: frozen.union(copies.filter { frozen.contains($0.value) }.keys))
    guard layout.count > 0 else { throw LearningError.mismatch("network '\(network.name)' has no weights to train") }
    self.network = network
    self.samples = samples
    graph = try Self.graph(network, samples: samples, layout: layout, observed: observed, memoryLimit: memoryLimit)
    run = BatchRun(graph.program, threads: threads)
    for (value, numbers) in graph.fixed { run.write(numbers, to: value) }
    parameters = layout.parameters(of: network)
    statistics = layout.statistics(of: network)
    average = parameters
  }

  /// The network laid out so that it keeps within the limit, with as little computed twice as possible.
  private static func graph(
    _ network: Network, samples: Int, layout: ParameterLayout, observed: [String]?, memoryLimit: Int
  ) throws -> TrainingGraph {
    var least = Int.max
    for level in Recomputation.levels {
      let graph = try TrainingGraph(
        network, samples: samples, layout: layout, observed: observed, recomputation: Recomputation(level: level))
      guard memoryLimit < .max else { return graph }
      let bytes = graph.program.valueBytes
      if bytes <= memoryLimit { return graph }
      least = min(least, bytes)
    }
    throw LearningError.mismatch(
      "a step of \(samples) samples of network '\(network.name)' takes \(least >> 20) MiB at least, more than the limit of "
        + "\(memoryLimit >> 20) MiB; take smaller batches or a higher limit")
  }

  public var threads: Int { run.threads }
  /// Bytes that weights, activations and gradients take.
  public var byteCount: Int { run.byteCount }
  /// How many Dropouts want keys.
  public var keyCount: Int { graph.keys.count }

  // MARK: A step

  /// The observed values, the samples' one after the other, by the batch's own statistics where nodes normalise.
  ///
  /// - Parameters:
  ///   - inputs: of each of the network's inputs, the samples' numbers one after the other, row-major.
  ///   - seed: of what Dropouts leave out.
  public func forward(_ inputs: [[Float]], seed: UInt64 = 0) -> [[Float]] {
    precondition(inputs.count == graph.inputs.count, "\(inputs.count) inputs for \(graph.inputs.count)")
    for (value, numbers) in zip(graph.inputs, inputs) { run.write(numbers, to: value) }
    var generator = SeededGenerator(seed: seed)
    for key in graph.keys {
      run.write((0..<2 * samples).map { _ in Float(bitPattern: Self.word(&generator)) }, to: key)
    }
    run.run(TrainingGraph.forward)
    return graph.outputs.map { run.read($0.value) }
  }

  /// Any bits but those of numbers that are not finite: they may be looked at as numbers.
  private static func word(_ generator: inout SeededGenerator) -> UInt32 {
    UInt32(truncatingIfNeeded: generator.next()) & 0xBFFF_FFFF
  }

  /// Computes the gradients of a loss by all weights from those by the observed values.
  public func backward(_ gradients: [[Float]]) {
    precondition(gradients.count == graph.outputs.count, "\(gradients.count) gradients for \(graph.outputs.count)")
    for (output, numbers) in zip(graph.outputs, gradients) { run.write(numbers, to: output.gradient) }
    run.run(TrainingGraph.backward)
  }

  /// Moves the weights along the last gradients.
  public func update(_ update: WeightUpdate, keepsAverage: Bool = false) {
    var update = update
    update.decayedCount = layout.decayedCount
    var needsSecond = false
    if case .adamW = update.rule { needsSecond = true }
    run.update(
      graph.parameters, by: graph.gradients, first: graph.first, second: needsSecond ? graph.second : nil,
      average: keepsAverage ? graph.average : nil, update)
  }

  /// The first node, in the order of computation, of which an output for the last inputs is not finite.
  public func nonFiniteNode() -> Node? {
    guard let name = run.firstNonFinite(in: TrainingGraph.forward) else { return nil }
    return network.nodes.first { $0.name == name }
  }

  // MARK: State

  /// The trained numbers, in the layout's order.
  public var parameters: [Float] {
    get { run.read(graph.parameters) }
    set { run.write(newValue, to: graph.parameters) }
  }

  /// Running means and variances, in the layout's order.
  public var statistics: [Float] {
    get { run.read(graph.statistics) }
    set { run.write(newValue, to: graph.statistics) }
  }

  /// The gradients of the last backward pass.
  public var gradients: [Float] { run.read(graph.gradients) }

  /// The optimiser's momenta: SGD has the first.
  public var momenta: (first: [Float], second: [Float]) {
    get { (run.read(graph.first), run.read(graph.second)) }
    set {
      run.write(newValue.first, to: graph.first)
      run.write(newValue.second, to: graph.second)
    }
  }

  /// The average of the trained numbers over the steps so far.
  public var average: [Float] {
    get { run.read(graph.average) }
    set { run.write(newValue, to: graph.average) }
  }

  /// The network with the present weights, or their average, and running statistics.
  public func trainedNetwork(averaged: Bool = false) -> Network {
    layout.network(network, parameters: averaged ? average : parameters, statistics: statistics)
  }
}
