import Tensors

extension OpsetConversion {
  /// Pads and value were attributes before opset 11; axes, and padding that wraps around, came after 17. Whether more is
  /// cut or repeated than there is, tools do not agree on: that is said by indices, too.
  @Sendable static func convertPad(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    let operation = try to.operation(of: node, as: Pad.self)
    let shape = try to.shape(of: node)
    let (before, after) = try operation.amounts(for: shape)
    let isPlain = shape.dimensions.indices.allSatisfy { axis in
      let reach = operation.mode == .reflect ? shape[axis] : .max
      return (0..<reach).contains(before[axis]) && (0..<reach).contains(after[axis])
    }
    guard operation.mode == .constant || isPlain && operation.mode != .wrap else {
      var name = node.inputs[0]
      let axes = shape.dimensions.indices.filter { before[$0] != 0 || after[$0] != 0 }
      for axis in axes {
        let indices = operation.sources(before[axis], after[axis], extent: shape[axis])
        name = to.emit(
          "Gather", [name, to.constant(indices, for: node)], ["axis": .integer(axis)], for: node,
          output: axis == axes.last ? node.outputs[0] : nil)
      }
      if axes.isEmpty { to.emit("Identity", [name], for: node, output: node.outputs[0]) }
      return
    }
    var converted = Node(
      name: node.name, operatorType: "Pad", inputs: [node.inputs[0], to.constant(before + after, for: node)],
      outputs: node.outputs, attributes: ["mode": .string(operation.mode.rawValue)])
    if operation.mode == .constant {
      if node.inputs.count > 2, !node.inputs[2].isEmpty {
        to.set(input: 2, of: &converted, to: node.inputs[2])
      } else if operation.fill != 0 {
        to.set(input: 2, of: &converted, to: to.scalar(operation.fill, for: node))
      }
    }
    to.emit(converted)
  }
}
