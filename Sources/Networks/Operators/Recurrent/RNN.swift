import Tensors

/// h = f(x W + b + h' R + c), step by step (Elman, 1990).
struct RNN: RecurrentOperator {
  let attributes: RecurrentAttributes

  static let states = 1

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 3...6, outputs: 1...2)
    attributes = try RecurrentAttributes(reader, gates: 1, states: 1, defaults: [.tanh])
  }

  struct Cell: RecurrentCell {
    let hidden: Int
    let clip: Float
    let f: GateFunction
    let biases: (input: [Float]?, recurrent: [Float]?)

    func step(_ input: Span<Float>, _ recurrent: Span<Float>, sample: Int, _ states: inout RecurrentStates) {
      for unit in 0..<hidden {
        states.hidden[sample * hidden + unit] = f((input[unit] + recurrent[unit]).clipped(clip))
      }
    }
  }

  func cell(
    direction: Int, _ extents: RecurrentAttributes.Extents, _ inputs: [RuntimeValue?]
  ) throws(NetworkError) -> Cell {
    Cell(
      hidden: extents.hidden, clip: attributes.clip, f: attributes.functions[direction][0],
      biases: attributes.biases(direction, inputs))
  }
}

extension RecurrentAttributes {
  /// A direction's bias: what is added to the sums from the sequence, then what to those from the state.
  func biases(_ direction: Int, _ inputs: [RuntimeValue?]) -> (input: [Float]?, recurrent: [Float]?) {
    guard inputs.count > 3, let bias = inputs[3]?.asTensor.part(direction).elements else { return (nil, nil) }
    return (Array(bias[..<(bias.count / 2)]), Array(bias[(bias.count / 2)...]))
  }
}

extension Float {
  /// Brought within `limit` of 0.
  @inline(__always)
  func clipped(_ limit: Float) -> Float { Swift.min(limit, Swift.max(-limit, self)) }
}
