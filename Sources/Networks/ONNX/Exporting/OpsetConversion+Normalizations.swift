import Tensors

/// Normalisations: some are newer than opset 17, of others tools read only a part.
extension OpsetConversion {
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

  /// As it is; but that tools want as many scales and shifts as there are elements to scale.
  @Sendable static func convertLayerNormalization(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    var converted = node
    let shape = try to.shape(of: node)
    let operation = try to.operation(of: node, as: LayerNormalization.self)
    let axis = try NodeIdentity(node).axis(operation.axis, rank: shape.rank)
    let normalized = Array(shape.dimensions[axis...])
    for position in 1..<node.inputs.count where !node.inputs[position].isEmpty {
      guard try to.shape(of: node, input: position).dimensions != normalized else { continue }
      let ones = to.constant(.float(Tensor(shape: Shape(normalized), repeating: 1)), for: node)
      converted.inputs[position] = to.emit("Mul", [node.inputs[position], ones], for: node)
    }
    to.emit(converted)
  }

  /// Tools read an odd size and two spatial dimensions. An even size is a convolution with ones along the channels of the
  /// squares.
  @Sendable static func convertLRN(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    let operation = try to.operation(of: node, as: LRN.self)
    let shape = try to.shape(of: node)
    let size = operation.size
    if size % 2 == 1, shape.rank == 4 { return to.emit(node) }
    var output = node.outputs[0]
    if shape.rank != 4 { output = to.inner(node) }
    var x = node.inputs[0]
    if shape.rank != 4 {
      x = to.emit("Reshape", [x, to.constant([shape[0], shape[1], 1, -1], for: node)], for: node)
    }
    if size % 2 == 1 {
      to.emit("LRN", [x], node.attributes, for: node, output: output)
    } else {
      let lines = to.constant([shape[0], 1, shape[1], -1], for: node)
      let squares = to.emit("Reshape", [to.emit("Mul", [x, x], for: node), lines], for: node)
      let ones = to.constant(.float(Tensor(shape: [1, 1, size, 1], repeating: 1)), for: node)
      let before = (size - 1) / 2
      let pads: [String: Attribute] = ["pads": .integers([before, 0, size - 1 - before, 0])]
      let sums = to.emit("Conv", [squares, ones], pads, for: node)
      let extents = shape.rank == 4 ? shape.dimensions : [shape[0], shape[1], 1, -1]
      let whole = to.emit("Reshape", [sums, to.constant(extents, for: node)], for: node)
      let scaled = to.emit("Mul", [whole, to.scalar(operation.alpha / Float(size), for: node)], for: node)
      let raised = to.emit("Add", [scaled, to.scalar(operation.bias, for: node)], for: node)
      let divisor = to.emit("Pow", [raised, to.scalar(operation.beta, for: node)], for: node)
      to.emit("Div", [x, divisor], for: node, output: output)
    }
    if shape.rank != 4 {
      to.emit("Reshape", [output, to.constant(shape.dimensions, for: node)], for: node, output: node.outputs[0])
    }
  }

  /// The axes are always told: ONNX's checker stumbles over their default.
  @Sendable static func convertMeanVarianceNormalization(
    _ to: inout OpsetConversion, _ node: Node
  ) throws(NetworkError) {
    var node = node
    node.attributes["axes"] = .integers(try to.operation(of: node, as: MeanVarianceNormalization.self).axes)
    to.emit(node)
  }
}
