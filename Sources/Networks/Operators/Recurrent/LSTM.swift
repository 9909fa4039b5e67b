import Tensors

/// Long short-term memory (Hochreiter and Schmidhuber, 1997), with forget gate and, where input 7 is given, peepholes
/// `[D, 3 * H]`. The gates stand in the order input, output, forget, cell.
struct LSTM: RecurrentOperator {
  let attributes: RecurrentAttributes
  /// The forget gate is what the input gate leaves.
  let couplesForget: Bool

  static let states = 2

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 3...8, outputs: 1...3)
    attributes = try RecurrentAttributes(reader, gates: 4, states: 2, defaults: [.sigmoid, .tanh, .tanh])
    couplesForget = try reader.flag("input_forget")
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let extents = try attributes.extents(inputs, states: Self.states)
    let expected: Shape = [attributes.directions, cappedProduct([3, extents.hidden])]
    if inputs.count > 7, let peepholes = inputs[7], peepholes != expected {
      throw identity.invalid("its peepholes are \(peepholes); it takes \(expected)")
    }
    return try attributes.outputShapes(extents)
  }

  struct Cell: RecurrentCell {
    let hidden: Int
    let clip: Float
    let f, g, h: GateFunction
    let couplesForget: Bool
    let biases: (input: [Float]?, recurrent: [Float]?)
    /// Of the input, output and forget gate; zeros where there are none.
    let peepholes: [Float]

    func step(_ input: Span<Float>, _ recurrent: Span<Float>, sample: Int, _ states: inout RecurrentStates) {
      for unit in 0..<hidden {
        let at = sample * hidden + unit
        let before = states.cell[at]
        func gate(_ index: Int) -> Float { input[index * hidden + unit] + recurrent[index * hidden + unit] }
        let taken = f((gate(0) + peepholes[unit] * before).clipped(clip))
        let kept = couplesForget ? 1 - taken : f((gate(2) + peepholes[2 * hidden + unit] * before).clipped(clip))
        let after = kept * before + taken * g(gate(3).clipped(clip))
        let shown = f((gate(1) + peepholes[hidden + unit] * after).clipped(clip))
        states.cell[at] = after
        states.hidden[at] = shown * h(after)
      }
    }
  }

  func cell(
    direction: Int, _ extents: RecurrentAttributes.Extents, _ inputs: [RuntimeValue?]
  ) throws(NetworkError) -> Cell {
    var peepholes = [Float](repeating: 0, count: 3 * extents.hidden)
    if inputs.count > 7, let given = inputs[7] { peepholes = given.asTensor.part(direction).elements }
    let functions = attributes.functions[direction]
    return Cell(
      hidden: extents.hidden, clip: attributes.clip, f: functions[0], g: functions[1], h: functions[2],
      couplesForget: couplesForget, biases: attributes.biases(direction, inputs), peepholes: peepholes)
  }
}
