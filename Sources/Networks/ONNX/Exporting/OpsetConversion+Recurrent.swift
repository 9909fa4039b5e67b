import Tensors

extension OpsetConversion {
  /// Samples first is of opset 14, but hardly a tool reads it: steps go first. Lengths are int32, alone of all integers.
  @Sendable static func convertRecurrent(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    var converted = node
    let isSamplesFirst = node.attributes["layout"] == .integer(1)
    converted.attributes["layout"] = nil
    let recurrence = try to.shape(of: node, input: 2)
    guard let hidden = recurrence.dimensions.last else { throw NodeIdentity(node).invalid("has no hidden units") }
    converted.attributes["hidden_size"] = .integer(hidden)
    if node.inputs.count > 4, !node.inputs[4].isEmpty {
      let type = ONNXElementType.int32.rawValue
      converted.inputs[4] = to.emit("Cast", [node.inputs[4]], ["to": .integer(type)], for: node)
    }
    guard isSamplesFirst else { return to.emit(converted) }
    for position in [0, 5, 6] where position < node.inputs.count && !node.inputs[position].isEmpty {
      converted.inputs[position] = to.emit(
        "Transpose", [node.inputs[position]], ["perm": .integers([1, 0, 2])], for: node)
    }
    for position in node.outputs.indices where !node.outputs[position].isEmpty {
      converted.outputs[position] = to.inner(node, position)
    }
    to.emit(converted)
    for (position, output) in node.outputs.enumerated() where !output.isEmpty {
      let order = position == 0 ? [2, 0, 1, 3] : [1, 0, 2]
      to.emit("Transpose", [converted.outputs[position]], ["perm": .integers(order)], for: node, output: output)
    }
  }
}
