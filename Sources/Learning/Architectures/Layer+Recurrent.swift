import Networks
import Tensors

/// Layers along a sequence.
extension Layer {
  /// A picture's rows as the steps of a sequence: `[1, C, H, W]` to `[H, 1, C * W]`.
  static var rows: Layer {
    .sequence("rows") {
      Layer.transpose("transpose", [2, 0, 1, 3])
      Layer.reshape("reshape") { [$0[0], 1, $0[2] * $0[3]] }
    }
  }

  /// A recurrent operator; its state after the last step, as a row.
  ///
  /// Weights begin evenly spread within 1 / sqrt(units), biases with 0, but for the forget gate of an LSTM, which begins
  /// open (Jozefowicz et al., 2015).
  ///
  /// - Parameters:
  ///   - gates: how many the operator has.
  ///   - state: the position of the output that holds the state.
  static func recurrent(
    _ name: String, _ operatorType: String, gates: Int, units: Int, state: Int, _ attributes: [String: Attribute] = [:]
  ) -> Layer {
    .sequence(name) {
      Layer(name) { (builder, x) throws(NetworkError) in
        let inputs = builder.shape(of: x)[2]
        let spread = Initialization.uniform(bound: 1 / Float(units).squareRoot())
        let weight = builder.parameter("weight", [1, gates * units, inputs], spread)
        let recurrence = builder.parameter("recurrence", [1, gates * units, units], spread)
        var biases = [Float](repeating: 0, count: 2 * gates * units)
        // The order of gates is input, output, forget, cell.
        if operatorType == "LSTM" { for unit in 0..<units { biases[2 * units + unit] = 1 } }
        let bias = builder.constant("bias", Tensor(shape: [1, biases.count], elements: biases))
        var attributes = attributes
        attributes["hidden_size"] = .integer(units)
        return try builder.node(
          operatorType, [x, weight, recurrence, bias], attributes, named: "state", position: state)
      }
      Layer.reshape("last") { [1, $0[2]] }
    }
  }
}
