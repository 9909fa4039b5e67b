import Networks
import Tensors

extension GraphBuilder {
  mutating func reshape(_ node: Node) -> Bool {
    guard let input = operand(node.inputs[0], as: .plain) else { return false }
    define(node.outputs[0], input, as: .plain)
    return true
  }

  mutating func differentiateReshape(_ node: Node) -> Bool {
    guard let gradient = gradient(node.outputs[0], as: .plain) else { return true }
    contribute(gradient, to: node.inputs[0], as: .plain)
    return true
  }

  private func axes(_ move: Computation.Move, back: Bool = false) -> [BatchCall.Axis]? {
    let axes = BatchCall.Axis.joined(
      move.axes.map {
        BatchCall.Axis(
          $0.extent, from: back ? $0.outputStep : $0.inputStep, to: back ? $0.inputStep : $0.outputStep)
      })
    return axes.count <= BatchCall.mostAxes ? axes : nil
  }

  mutating func arrange(_ node: Node, _ outputs: [[Computation.Move]]) -> Bool {
    for (name, moves) in zip(node.outputs, outputs) {
      guard let layout = layout(of: name, as: .plain) else { return false }
      let output = program.sampleValue(layout)
      add(.fill(0, layout), [output])
      for move in moves {
        let source = node.inputs[move.input]
        guard let axes = axes(move),
          let input = isConstant(source) ? constant(source) : operand(source, as: .plain)
        else { return false }
        add(
          .move(
            axes, fromOffset: move.inputOffset, toOffset: move.outputOffset, scale: move.scale,
            adds: move.axes.contains { $0.outputStep == 0 && $0.extent > 1 }), [input, output])
      }
      define(name, output, as: .plain)
    }
    return true
  }

  mutating func differentiateArrangement(_ node: Node, _ outputs: [[Computation.Move]]) -> Bool {
    for (position, source) in node.inputs.enumerated() where needsGradient(source) {
      guard let layout = layout(of: source, as: .plain) else { return false }
      var back: Value?
      for (name, moves) in zip(node.outputs, outputs) {
        for move in moves where move.input == position {
          guard let gradient = gradient(name, as: .plain) else { continue }
          guard let axes = axes(move, back: true) else { return false }
          let target = back ?? program.sampleValue(layout)
          if back == nil { add(.fill(0, layout), [target]) }
          back = target
          add(
            .move(
              axes, fromOffset: move.outputOffset, toOffset: move.inputOffset, scale: move.scale, adds: true),
            [gradient, target])
        }
      }
      guard let back else { continue }
      if isConstant(source) {
        let count = program.floatCount(of: back)
        contributeSums(of: back, stride: count, count: count, to: source)
      } else {
        contribute(back, to: source, as: .plain)
      }
    }
    return true
  }
}
