import Networks
import Tensors

/// A network laid out for training steps over batches of a fixed number of samples.
struct TrainingGraph {
  typealias Value = BatchProgram.Value

  let program: BatchProgram
  let layout: ParameterLayout
  let inputs: [Value]
  /// What is looked at, and the gradients of the loss by it, which are given. Plain numbers.
  let outputs: [(value: Value, gradient: Value)]
  let parameters, gradients, statistics: Value
  /// The optimiser's own numbers, and an average of the parameters.
  let first, second, average: Value
  let keys: [Value]
  let fixed: [(value: Value, numbers: [Float])]

  /// The program's stretches: it stops for the inputs, and for the loss.
  static let forward = 1
  static let backward = 2

  /// - Parameters:
  ///   - observed: the values by which the loss is told; the network's outputs by default.
  ///   - recomputation: what is computed twice rather than kept.
  init(
    _ network: Network, samples: Int, layout: ParameterLayout, observed: [String]? = nil,
    recomputation: Recomputation = Recomputation(level: 0)
  ) throws {
    let observed = observed ?? network.outputs.map(\.name)
    let shapes = try network.inferredShapes()
    var computations: [Computation?] = []
    for node in network.nodes { computations.append(try network.computation(of: node, shapes: shapes)) }
    let fusions = Fusions(network, computations, observed: Set(observed))
    var builder = try GraphBuilder(network, samples: samples, layout: layout, fusions: fusions)

    var inputs: [Value] = []
    for input in network.inputs {
      guard let value = builder.sampleValue(like: input.name, as: .plain) else {
        throw LearningError.mismatch("the network's input '\(input.name)' has no fixed shape")
      }
      builder.define(input.name, value, as: .plain)
      inputs.append(value)
    }
    func untrainable(_ node: Node, _ reason: String) -> LearningError {
      .untrainable(node: node.name, operatorType: node.operatorType, reason: reason)
    }
    for (index, node) in network.nodes.enumerated() where !fusions.absorbed.contains(index) {
      guard let computation = computations[index] else {
        let isRecurrent = ["LSTM", "GRU"].contains(node.operatorType)
        throw untrainable(
          node,
          isRecurrent
            ? "only one sequence, with sigmoid and tanh, no clip, peepholes, coupled gates or lengths"
            : "the operator has no gradient here")
      }
      builder.begin(.forward, node.name)
      guard builder.emit(node, computation) else { throw untrainable(node, "not with operands of such shapes") }
      guard node.inputs.contains(where: builder.needsGradient) else { continue }
      for output in node.outputs where !output.isEmpty { builder.markTrained(output) }
      if let function = fusions.functions[node.outputs[0]] {
        builder.markTrained(network.nodes[function.node].outputs[0])
      }
    }
    var outputs: [(Value, Value)] = []
    for name in observed {
      builder.begin(.forward, name)
      guard let value = builder.operand(name, as: .plain),
        let gradient = builder.sampleValue(like: name, as: .plain)
      else { throw LearningError.mismatch("the network computes no value called '\(name)'") }
      outputs.append((value, gradient))
    }
    for (name, output) in zip(observed, outputs) { builder.contribute(output.1, to: name, as: .plain) }
    for (index, node) in network.nodes.enumerated().reversed() where !fusions.absorbed.contains(index) {
      guard node.inputs.contains(where: builder.needsGradient), let computation = computations[index] else { continue }
      builder.begin(.backward, node.name)
      guard builder.emitGradient(node, computation) else {
        throw untrainable(node, "not with operands of such shapes")
      }
    }

    let count = ValueLayout.plain(count: layout.count)
    first = builder.program.sharedValue(count, isLasting: true)
    second = builder.program.sharedValue(count, isLasting: true)
    average = builder.program.sharedValue(count, isLasting: true)
    builder.program.stop(touching: inputs + builder.keys)
    builder.append(.turning, recomputation)
    builder.append(.packing, recomputation)
    builder.append(.forward, recomputation)
    builder.program.stop(touching: outputs.flatMap { [$0.0, $0.1] })
    builder.append(.backward, recomputation)
    program = builder.program
    self.layout = layout
    self.inputs = inputs
    self.outputs = outputs.map { (value: $0.0, gradient: $0.1) }
    parameters = builder.parameters
    gradients = builder.gradientOfParameters
    statistics = builder.statistics
    keys = builder.keys
    fixed = builder.fixed
  }
}

extension GraphBuilder {
  /// Appends what computes a node; false where it cannot be for operands of such shapes.
  fileprivate mutating func emit(_ node: Node, _ computation: Computation) -> Bool {
    switch computation {
    case .convolution(let window, let groups): convolve(node, window, groups: groups)
    case .product(let product): multiply(node, product)
    case .batchNormalization(let epsilon, let momentum): normalizeBatch(node, epsilon: epsilon, momentum: momentum)
    case .layerNormalization(let width, let epsilon): normalizeLayer(node, width: width, epsilon: epsilon)
    case .softmax(let width): softmax(node, width: width)
    case .function(let activation): apply(node, activation)
    case .arithmetic(let operation): calculate(node, operation)
    case .maximumPool(let window): pool(node, .maximum, window)
    case .averagePool(let window, let countsPadding): pool(node, .average(countsPadding: countsPadding), window)
    case .globalAveragePool: pool(node, .average(countsPadding: false), nil)
    case .globalMaximumPool: pool(node, .maximum, nil)
    case .reshape: reshape(node)
    case .arrangement(let moves): arrange(node, moves)
    case .dropout(let ratio): dropOut(node, ratio: ratio)
    case .recurrence(let recurrence): recur(node, recurrence)
    }
  }

  /// Appends what computes the gradients by a node's inputs and weights.
  fileprivate mutating func emitGradient(_ node: Node, _ computation: Computation) -> Bool {
    switch computation {
    case .convolution(let window, let groups): differentiateConvolution(node, window, groups: groups)
    case .product(let product): differentiateProduct(node, product)
    case .batchNormalization: differentiateBatchNormalization(node)
    case .layerNormalization(let width, let epsilon):
      differentiateLayerNormalization(node, width: width, epsilon: epsilon)
    case .softmax(let width): differentiateSoftmax(node, width: width)
    case .function(let activation): differentiateFunction(node, activation)
    case .arithmetic(let operation): differentiateArithmetic(node, operation)
    case .maximumPool(let window): differentiatePool(node, .maximum, window)
    case .averagePool(let window, let countsPadding):
      differentiatePool(node, .average(countsPadding: countsPadding), window)
    case .globalAveragePool: differentiatePool(node, .average(countsPadding: false), nil)
    case .globalMaximumPool: differentiatePool(node, .maximum, nil)
    case .reshape: differentiateReshape(node)
    case .arrangement(let moves): differentiateArrangement(node, moves)
    case .dropout(let ratio): differentiateDropout(node, ratio: ratio)
    case .recurrence(let recurrence): differentiateRecurrence(node, recurrence)
    }
  }
}
