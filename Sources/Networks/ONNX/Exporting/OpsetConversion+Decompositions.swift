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

  /// Instance normalisation of the groups as channels, then each channel's scale and shift.
  @Sendable static func convertGroupNormalization(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    let operation = try to.operation(of: node, as: GroupNormalization.self)
    let shape = try to.shape(of: node)
    let groups = operation.groups
    let grouped = to.emit("Reshape", [node.inputs[0], to.constant([shape[0], groups, -1], for: node)], for: node)
    let ones = to.constant(.float(Tensor(shape: [groups], elements: [Float](repeating: 1, count: groups))), for: node)
    let zeros = to.constant(.float(Tensor(shape: [groups], elements: [Float](repeating: 0, count: groups))), for: node)
    let normal = to.emit(
      "InstanceNormalization", [grouped, ones, zeros], ["epsilon": .float(operation.epsilon)], for: node)
    let whole = to.emit("Reshape", [normal, to.constant(shape.dimensions, for: node)], for: node)
    let perChannel = [shape[1]] + [Int](repeating: 1, count: shape.rank - 2)
    func parameter(_ position: Int) -> String {
      var name = node.inputs[position]
      if operation.scalesGroups {
        let groupOfChannel = (0..<shape[1]).map { $0 / (shape[1] / groups) }
        name = to.emit("Gather", [name, to.constant(groupOfChannel, for: node)], for: node)
      }
      return to.emit("Reshape", [name, to.constant(perChannel, for: node)], for: node)
    }
    let scaled = to.emit("Mul", [whole, parameter(1)], for: node)
    to.emit("Add", [scaled, parameter(2)], for: node, output: node.outputs[0])
  }

  /// x / sqrt(mean(x^2) + epsilon) * scale, the mean over the axes from `axis` on.
  @Sendable static func convertRMSNormalization(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    let operation = try to.operation(of: node, as: RMSNormalization.self)
    let rank = try to.shape(of: node).rank
    let axis = try NodeIdentity(node).axis(operation.axis, rank: rank)
    let x = node.inputs[0]
    let square = to.emit("Mul", [x, x], for: node)
    let mean = to.emit("ReduceMean", [square], ["axes": .integers(Array(axis..<rank))], for: node)
    let raised = to.emit("Add", [mean, to.scalar(operation.epsilon, for: node)], for: node)
    let normal = to.emit("Div", [x, to.emit("Sqrt", [raised], for: node)], for: node)
    to.emit("Mul", [normal, node.inputs[1]], for: node, output: node.outputs[0])
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
