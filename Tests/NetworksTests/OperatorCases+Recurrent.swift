import Networks
import Tensors

extension OperatorCase {
  /// 4 steps of 3 samples of 5 features, 6 hidden units.
  private static func operands(_ gates: Int, directions: Int = 1, hidden: Int = 6) -> [Operand] {
    [
      .data([4, 3, 5]), .weights([directions, gates * hidden, 5]), .weights([directions, gates * hidden, hidden]),
    ]
  }

  private static func bias(_ gates: Int, directions: Int = 1, hidden: Int = 6) -> [Operand] {
    [.weights([directions, 2 * gates * hidden])]
  }

  private static let both: [String: Attribute] = ["direction": .string("bidirectional"), "hidden_size": .integer(6)]

  static let recurrent: [OperatorCase] = common + special

  private static let common: [OperatorCase] = [("RNN", 1), ("GRU", 3), ("LSTM", 4)].flatMap { pair -> [OperatorCase] in
    let (type, gates): (String, Int) = pair
    let states: [Operand] = (0..<(type == "LSTM" ? 2 : 1)).map { _ in .data([2, 3, 6]) }
    let outputs = states.count + 1
    let one = operands(gates)
    let two = operands(gates, directions: 2)
    let full = two + bias(gates, directions: 2) + [.integers([4, 0, 2])] + states
    let bare = two + [.missing, .integers([1, 3, 2])] + states
    let samplesFirst: [Operand] = [
      .data([3, 4, 5]), .weights([2, gates * 6, 5]), .weights([2, gates * 6, 6]), .missing, .missing, .data([3, 2, 6]),
    ]
    let layout = both.merging(["layout": .integer(1)]) { $1 }
    let clip: [String: Attribute] = ["clip": .float(0.25), "hidden_size": .integer(6)]
    return [
      OperatorCase("plain", type, opset: 7, one, rows: [2]),
      OperatorCase("backwards", type, one, ["direction": .string("reverse")], rows: [2]),
      OperatorCase("with a bias", type, one + bias(gates), rows: [2]),
      OperatorCase("both ways, lengths, states", type, full, both, rows: [], outputs: outputs),
      OperatorCase("both ways, lengths, states, one output", type, bare, both, rows: [2]),
      OperatorCase("samples first", type, samplesFirst, layout, rows: [], outputs: outputs),
      OperatorCase("clipped", type, one, clip, rows: [2]),
    ]
  }

  private static let functionsOfBothWays: [String: Attribute] = both.merging([
    "activations": .strings(["HardSigmoid", "Softsign", "ScaledTanh", "Sigmoid", "LeakyRelu", "Elu"]),
    "activation_alpha": .floats([0.3, 0.8, 0.1]), "activation_beta": .floats([0.4, 1.5]),
  ]) { $1 }

  private static let thresholds: [String: Attribute] = both.merging([
    "activations": .strings(["ThresholdedRelu", "Tanh"]), "activation_alpha": .floats([0.5]),
  ]) { $1 }

  private static let special: [OperatorCase] = [
    .init("resets sums", "GRU", operands(3) + bias(3), ["linear_before_reset": .integer(1)], rows: [], outputs: 2),
    .init(
      "peepholes", "LSTM", operands(4) + bias(4) + [.missing, .missing, .missing, .weights([1, 18])], rows: [2]),
    .init("coupled", "LSTM", operands(4), ["input_forget": .integer(1)], rows: [2]),
    .init("other functions", "LSTM", operands(4, directions: 2), functionsOfBothWays, rows: [2]),
    .init("other functions", "GRU", operands(3), ["activations": .strings(["Softsign", "Softplus"])], rows: [2]),
    .init(
      "affine", "RNN", operands(1), ["activations": .strings(["Affine"]), "activation_alpha": .floats([0.2])], rows: [2]
    ),
    .init("relu", "RNN", operands(1), ["activations": .strings(["Relu"])], rows: [2]),
    .init("thresholds", "RNN", operands(1, directions: 2), thresholds, rows: [2]),
  ]
}
