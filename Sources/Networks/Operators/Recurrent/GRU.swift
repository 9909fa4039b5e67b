import Tensors

/// The gated recurrent unit (Cho et al., 2014). The gates stand in the order update, reset, hidden.
struct GRU: RecurrentOperator {
  let attributes: RecurrentAttributes
  /// The reset gate applies to the state's sums, not to the state.
  let resetsSums: Bool

  static let states = 1

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 3...6, outputs: 1...2)
    attributes = try RecurrentAttributes(reader, gates: 3, states: 1, defaults: [.sigmoid, .tanh])
    resetsSums = try reader.flag("linear_before_reset")
  }

  struct Cell: RecurrentCell {
    let hidden: Int
    let clip: Float
    let f, g: GateFunction
    let biases: (input: [Float]?, recurrent: [Float]?)
    /// Where the reset gate applies to the state: the hidden gate's weights for it, [H, H].
    let hiddenGate: PackedLinear?

    func step(_ input: Span<Float>, _ recurrent: Span<Float>, sample: Int, _ states: inout RecurrentStates) {
      let first = sample * hidden
      var sums: [Float] = []
      if let hiddenGate {
        var state = Array(states.hidden[first..<first + hidden])
        for unit in 0..<hidden {
          state[unit] *= f((input[hidden + unit] + recurrent[hidden + unit]).clipped(clip))
        }
        sums = hiddenGate(Tensor(shape: [1, hidden], elements: state)).elements
      }
      for unit in 0..<hidden {
        let update = f((input[unit] + recurrent[unit]).clipped(clip))
        var sum = input[2 * hidden + unit]
        if hiddenGate != nil {
          sum += sums[unit]
        } else {
          sum +=
            f((input[hidden + unit] + recurrent[hidden + unit]).clipped(clip)) * recurrent[2 * hidden + unit]
        }
        states.hidden[first + unit] =
          (1 - update) * g(sum.clipped(clip)) + update * states.hidden[first + unit]
      }
    }
  }

  func cell(
    direction: Int, _ extents: RecurrentAttributes.Extents, _ inputs: [RuntimeValue?]
  ) throws(NetworkError) -> Cell {
    let functions = attributes.functions[direction]
    let hidden = extents.hidden
    let biases = attributes.biases(direction, inputs)
    var hiddenGate: PackedLinear?
    if !resetsSums {
      let rows = try identity.tensor(inputs, 2).part(direction).selecting(
        indices: Array(2 * hidden..<3 * hidden), axis: 0)
      hiddenGate = PackedLinear(weights: rows, bias: biases.recurrent.map { Array($0[(2 * hidden)...]) })
    }
    return Cell(
      hidden: hidden, clip: attributes.clip, f: functions[0], g: functions[1], biases: biases, hiddenGate: hiddenGate)
  }
}
