import Tensors

/// The opposite of each truth value.
struct Not: Operator {
  let identity: NodeIdentity

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] { [try identity.shape(inputs, 0)] }
  func takenTypes(at position: Int) -> Set<ElementType> { [.boolean] }
  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? { .first(axis: axis, of: inputs) }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let tensor = try identity.integers(inputs, 0)
    let elements = tensor.elements.map { $0 == 0 ? 1 : 0 }
    return [.integers(IntegerTensor(shape: tensor.shape, elements: elements, isBoolean: true))]
  }
}
