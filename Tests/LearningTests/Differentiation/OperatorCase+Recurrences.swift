import Networks
import Tensors

extension OperatorCase {
  static let recurrences = [
    OperatorCase("LSTM", networks: 16) { try recurrence(&$0, "LSTM", gates: 4) },
    OperatorCase("GRU", networks: 16) { try recurrence(&$0, "GRU", gates: 3) },
    OperatorCase("GRU, linear before reset", networks: 16) {
      try recurrence(&$0, "GRU", gates: 3, ["linear_before_reset": .integer(1)])
    },
    OperatorCase("recurrences one after the other, of the same weights") { draw in
      let (steps, size) = (draw.number(1...4), draw.number(1...5))
      let type = draw.coin() ? "LSTM" : "GRU"
      let rows = (type == "LSTM" ? 4 : 3) * size
      let weights = draw.builder.random([1, rows, size], spread: 0.6)
      var inputs = [
        try draw.anyValue([steps, 1, size]), weights,
        draw.coin() ? weights : draw.builder.random([1, rows, size], spread: 0.6),
        draw.builder.random([1, 2 * rows], spread: 0.4),
      ]
      for _ in 0..<2 {
        let states = try draw.add(type, inputs, outputs: 1)[0]
        inputs[0] = try draw.add("Squeeze", [states, draw.builder.constant([1])])
      }
      return [inputs[0]]
    },
  ]

  /// With directions, states and outputs as they come.
  static func recurrence(
    _ draw: inout NetworkDraw, _ operatorType: String, gates: Int, _ attributes: [String: Attribute] = [:]
  ) throws -> [String] {
    let (steps, features, hidden) = (draw.number(1...6), draw.number(1...9), draw.number(1...11))
    let direction = draw.one(of: ["forward", "reverse", "bidirectional"])
    let directions = direction == "bidirectional" ? 2 : 1
    let samplesFirst = draw.coin()
    let rows = gates * hidden
    var inputs = [
      try draw.anyValue(samplesFirst ? [1, steps, features] : [steps, 1, features]),
      draw.builder.random([directions, rows, features], spread: (3 / Float(features)).squareRoot()),
      draw.builder.random([directions, rows, hidden], spread: (3 / Float(hidden)).squareRoot()),
      draw.coin() ? draw.builder.random([directions, 2 * rows], spread: 0.5) : "", "",
    ]
    let states = gates == 4 ? 2 : 1
    let shape: Shape = samplesFirst ? [1, directions, hidden] : [directions, 1, hidden]
    for _ in 0..<states {
      switch draw.number(0...2) {
      case 0: inputs.append("")
      case 1: inputs.append(draw.builder.random(shape, spread: 0.8))
      default: inputs.append(try draw.anyValue(shape))
      }
    }
    var outputs = (0...states).map { draw.coin() ? "state\($0)" : "" }
    if outputs.allSatisfy(\.isEmpty) { outputs[draw.number(0...states)] = "state" }
    var attributes = attributes
    attributes["direction"] = .string(direction)
    attributes["hidden_size"] = .integer(hidden)
    if samplesFirst { attributes["layout"] = .integer(1) }
    try draw.builder.append(
      Node(name: "recurrence", operatorType: operatorType, inputs: inputs, outputs: outputs, attributes: attributes))
    return outputs.filter { !$0.isEmpty }
  }
}
