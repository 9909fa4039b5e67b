import Networks
import Tensors

/// Times networks of one node, as they would run within a larger one: what goes in and comes out lies as its neighbours
/// would leave and take it.
struct NodeStopwatch {
  /// A sample's time, long enough that many short ones have a quiet one among them.
  static let sampleSeconds = 0.01

  private let arena: Arena

  init(threads: Int) { arena = Arena(threads: threads) }

  struct Input {
    var shape: Shape
    /// Whether the neighbour before would leave it as a feature map.
    var isMap = true
  }

  /// Seconds that the steps of `nodes` take together, each once; they end with the value "y" and begin with "x", "x2".
  func seconds(
    _ nodes: [Node], inputs: [Input], constants: [String: Tensor] = [:], beforeEach: (() -> Void)? = nil
  ) throws -> Double {
    let names = ["x", "x2"]
    var network = Network(
      name: "", opset: 20, inputs: zip(names, inputs).map { ValueDescription(name: $0, shape: $1.shape) },
      outputs: [ValueDescription(name: "y", shape: [])], nodes: nodes,
      constants: constants.mapValues { .float($0) })
    network.outputs[0].shape = try network.inferredOutputShape
    let given = Dictionary(
      uniqueKeysWithValues: zip(names, inputs).map { name, input in
        let tensor = Tensor(shape: input.shape, elements: [Float](repeating: 0.25, count: input.shape.elementCount))
        return (name, input.isMap ? RuntimeValue.map(FeatureMap(tensor)) : .tensor(tensor))
      })
    let prepared = try PreparedNetwork(network)
    var samples: [Double] = []
    // The first run touches its memory for the first time.
    _ = try prepared.stepTimes(given, in: arena)
    var sum = 0.0
    while samples.count < 5 || (sum < Self.sampleSeconds && samples.count < 200) {
      beforeEach?()
      let sample = try prepared.stepTimes(given, in: arena).reduce(0, +)
      samples.append(sample)
      sum += sample
    }
    return SampleStatistics(samples).quantile(0.25)
  }
}

extension Network {
  /// The shape of the first output.
  fileprivate var inferredOutputShape: Shape {
    get throws { try profile().last?.outputShape ?? [] }
  }
}
