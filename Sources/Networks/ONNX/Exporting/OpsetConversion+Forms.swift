import Tensors

/// Operators that opset 17 has, in another form than some opset before or after it.
extension OpsetConversion {
  @Sendable static func convertBatchNormalization(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    var node = node
    // Further outputs are for training, and made by nobody.
    node.outputs = Array(node.outputs.prefix(1))
    node.attributes = node.attributes.filter { $0.key == "epsilon" }
    to.emit(node)
  }

  /// What a file's integers and numbers are: there are only two kinds of them.
  @Sendable static func convertCast(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    var node = node
    // Others speak of eight-bit floats alone.
    node.attributes = [
      "to": .integer(ONNXElementType(try to.operation(of: node, as: Cast.self).type.elementType).rawValue)
    ]
    to.emit(node)
  }

  /// A file's numbers and integers are those that it is held in.
  @Sendable static func convertEyeLike(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    var node = node
    if case .integer(let number) = node.attributes["dtype"], let type = ONNXElementType(rawValue: number) {
      node.attributes["dtype"] = .integer(ONNXElementType(type.elementType).rawValue)
    }
    to.emit(node)
  }

  /// Bounds were attributes before opset 11.
  @Sendable static func convertClip(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    var node = node
    for (position, name) in [(1, "min"), (2, "max")] {
      let bound: Float
      switch node.attributes.removeValue(forKey: name) {
      case .float(let value): bound = value
      case .integer(let value): bound = Float(value)
      default: continue
      }
      to.set(input: position, of: &node, to: to.scalar(bound, for: node))
    }
    to.emit(node)
  }

  /// Without ratio and training mode it passes its input on, in every opset.
  @Sendable static func convertDropout(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    var node = node
    node.attributes = [:]
    node.inputs = [node.inputs[0]]
    to.emit(node)
  }

  /// Axes are an attribute until opset 17, an input from 18 on; ReduceSum's are an input since 13.
  @Sendable static func convertReduction(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    let input = try to.shape(of: node)
    let reduced = try ReducedAxes(
      node,
      context: OperatorContext(
        opset: to.source.opset, constants: node.inputs.map { $0.isEmpty ? nil : to.source.constants[$0] }))
    let axes = try reduced.axes(of: input)
    var attributes: [String: Attribute] = ["keepdims": .integer(reduced.keepsDimensions ? 1 : 0)]
    var inputs = [node.inputs[0]]
    func reduce(_ axes: [Int]) {
      if node.operatorType == "ReduceSum" {
        inputs.append(to.constant(axes, for: node))
      } else {
        attributes["axes"] = .integers(axes)
      }
    }
    if axes.isEmpty {
      // Over no axis each number is reduced alone: over an axis made for it.
      inputs[0] = to.emit("Unsqueeze", [inputs[0], to.constant([0], for: node)], for: node)
      attributes["keepdims"] = .integer(0)
      reduce([0])
    } else {
      reduce(axes)
    }
    let converted = Node(
      name: node.name, operatorType: node.operatorType, inputs: inputs, outputs: node.outputs, attributes: attributes)
    // Truth values are numbers here only later.
    if to.types[node.inputs[0]] == .boolean { to.emit(converted, reckoningIn: .int32) } else { to.emit(converted) }
  }

  @Sendable static func convertReshape(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    var node = node
    to.move("shape", toInput: 1, of: &node)
    to.emit(node)
  }

  /// All four were attributes before opset 10.
  @Sendable static func convertSlice(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    var node = node
    for (position, name) in [(1, "starts"), (2, "ends"), (3, "axes"), (4, "steps")] {
      to.move(name, toInput: position, of: &node)
    }
    to.emit(node)
  }

  @Sendable static func convertSqueeze(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    var node = node
    to.move("axes", toInput: 1, of: &node)
    to.emit(node)
  }

  /// Sizes were an attribute before opset 13 and may be left to the number of outputs from 18 on.
  @Sendable static func convertSplit(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    let (axis, ranges) = try to.operation(of: node, as: Split.self).ranges(of: try to.shape(of: node))
    to.emit(
      Node(
        name: node.name, operatorType: "Split",
        inputs: [node.inputs[0], to.constant(ranges.map(\.count), for: node)], outputs: node.outputs,
        attributes: ["axis": .integer(axis)]))
  }

  /// Before opset 13 all dimensions from the axis on counted as one.
  @Sendable static func convertSoftmax(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    guard to.source.opset < 13 else { return to.emit(node) }
    let shape = try to.shape(of: node)
    var axis = 1
    if case .integer(let given) = node.attributes["axis"] { axis = given }
    axis = axis < 0 ? axis + shape.rank : axis
    guard axis != shape.rank - 1 else {
      var converted = node
      converted.attributes = ["axis": .integer(-1)]
      return to.emit(converted)
    }
    let flat = to.emit("Flatten", [node.inputs[0]], ["axis": .integer(axis)], for: node)
    let result = to.emit(node.operatorType, [flat], ["axis": .integer(-1)], for: node)
    to.emit("Reshape", [result, to.constant(shape.dimensions, for: node)], for: node, output: node.outputs[0])
  }

  /// The number was an attribute before opset 10.
  @Sendable static func convertTopK(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    var node = node
    if case .integer(let count) = node.attributes["k"] { node.attributes["k"] = .integers([count]) }
    to.move("k", toInput: 1, of: &node)
    to.emit(node)
  }

  // MARK: Between attributes and inputs

  /// Makes a list attribute, if the node has it, a constant input.
  private mutating func move(_ attribute: String, toInput position: Int, of node: inout Node) {
    guard case .integers(let values) = node.attributes.removeValue(forKey: attribute) else { return }
    set(input: position, of: &node, to: constant(values, for: node))
  }

  func set(input position: Int, of node: inout Node, to name: String) {
    while node.inputs.count <= position { node.inputs.append("") }
    node.inputs[position] = name
  }
}
