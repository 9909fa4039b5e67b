import Tensors

/// Repeats its input to the shape that it and its second input (in a cut node the attribute `shape`) broadcast to.
struct Expand: Operator {
  let identity: NodeIdentity
  let shape: Shape

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...2)
    identity = reader.identity
    guard let shape = try reader.integers("shape", orInput: 1) else { throw reader.invalid("its shape is not given") }
    guard shape.allSatisfy({ $0 >= 0 }) else { throw reader.invalid("its shape is \(shape)") }
    self.shape = Shape(shape)
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    guard let output = Tensor.broadcast(input, shape) else {
      throw identity.invalid("an input of \(input) cannot be expanded to \(shape)")
    }
    return [try identity.checked(output)]
  }

  func takenTypes(at position: Int) -> Set<ElementType> { position == 0 ? .all : [.integer] }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    var rule = RowRule.aligned(axis: axis, inputs: inputs, output: output)
    for position in rule.inputs.indices.dropFirst() { rule.inputs[position] = .whole }
    return rule
  }

  func node(_ node: Node, computing rows: [Int], axis: Int, inputs: [Shape?]) -> Node {
    guard var output = try? outputShapes(inputs)[0], axis < output.rank else { return node }
    output[axis] = rows.count
    var cut = node
    cut.inputs = node.inputs.indices.map { $0 == 0 ? node.inputs[0] : "" }
    cut.attributes["shape"] = .integers(output.dimensions)
    return cut
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    return [value.broadcast(to: try outputShapes([value.shape])[0])]
  }
}
