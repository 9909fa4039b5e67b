import Tensors

/// Operators that opset 17 does not have, said with those that it has.
extension OpsetConversion {
  /// x / 2 * (1 + erf(x / sqrt 2)), or with tanh(sqrt(2 / pi) * (x + 0.044715 x^3)) in place of the error function.
  @Sendable static func convertGelu(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    let x = node.inputs[0]
    let bell: String
    if node.attributes["approximate"] == .string("tanh") {
      let cube = to.emit("Pow", [x, to.scalar(3, for: node)], for: node)
      let bent = to.emit("Mul", [cube, to.scalar(0.044715, for: node)], for: node)
      let sum = to.emit("Add", [x, bent], for: node)
      let scaled = to.emit("Mul", [sum, to.scalar((2 / Float.pi).squareRoot(), for: node)], for: node)
      bell = to.emit("Tanh", [scaled], for: node)
    } else {
      let scaled = to.emit("Mul", [x, to.scalar(Float(0.5).squareRoot(), for: node)], for: node)
      bell = to.emit("Erf", [scaled], for: node)
    }
    let weight = to.emit("Add", [bell, to.scalar(1, for: node)], for: node)
    let half = to.emit("Mul", [x, to.scalar(0.5, for: node)], for: node)
    to.emit("Mul", [half, weight], for: node, output: node.outputs[0])
  }

  /// x * tanh(softplus(x)).
  @Sendable static func convertMish(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    let gate = to.emit("Tanh", [to.emit("Softplus", [node.inputs[0]], for: node)], for: node)
    to.emit("Mul", [node.inputs[0], gate], for: node, output: node.outputs[0])
  }

  /// x * sigmoid(alpha * x).
  @Sendable static func convertSwish(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    var scaled = node.inputs[0]
    if case .float(let alpha) = node.attributes["alpha"], alpha != 1 {
      scaled = to.emit("Mul", [scaled, to.scalar(alpha, for: node)], for: node)
    }
    let gate = to.emit("Sigmoid", [scaled], for: node)
    to.emit("Mul", [node.inputs[0], gate], for: node, output: node.outputs[0])
  }

  /// The order of channels is a choice since opset 28: the later one is a transposition of blocks.
  @Sendable static func convertSpaceToDepth(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    let operation = try to.operation(of: node, as: SpaceToDepth.self)
    var converted = node
    converted.attributes["mode"] = nil
    guard operation.order == .channelsFirst else { return to.emit(converted) }
    let input = try to.shape(of: node)
    let output = try operation.outputShapes([input])[0]
    let divided = [input[0], input[1], output[2], operation.block, output[3], operation.block]
    let blocks = to.emit("Reshape", [node.inputs[0], to.constant(divided, for: node)], for: node)
    let ordered = to.emit("Transpose", [blocks], ["perm": .integers([0, 1, 3, 5, 2, 4])], for: node)
    to.emit("Reshape", [ordered, to.constant(output.dimensions, for: node)], for: node, output: node.outputs[0])
  }

  /// Gather; an index of -1 finds zeros behind the end.
  @Sendable static func convertSelectRows(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    let operation = try to.operation(of: node, as: SelectRows.self)
    let shape = try to.shape(of: node)
    let axis = try NodeIdentity(node).axis(operation.axis, rank: shape.rank)
    var source = node.inputs[0]
    if operation.rows.contains(-1) {
      var pads = [Int](repeating: 0, count: 2 * shape.rank)
      pads[shape.rank + axis] = 1
      source = to.emit("Pad", [source, to.constant(pads, for: node)], for: node)
    }
    let indices = operation.rows.map { $0 < 0 ? shape[axis] : $0 }
    to.emit(
      "Gather", [source, to.constant(indices, for: node)], ["axis": .integer(axis)], for: node, output: node.outputs[0])
  }
}
