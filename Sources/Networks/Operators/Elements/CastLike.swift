import Tensors

/// Converts its first input's elements to the type of its second's: floats, integers or truth values.
struct CastLike: Operator {
  let identity: NodeIdentity

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 2...2)
    identity = reader.identity
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] { [try identity.shape(inputs, 0)] }
  func takenTypes(at position: Int) -> Set<ElementType> { .all }
  func outputTypes(_ inputs: [ElementType?]) -> [ElementType] { .like(Array(inputs.dropFirst())) }
  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? { .first(axis: axis, of: inputs) }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let target = try identity.value(inputs, 1).elementType
    return [try identity.value(inputs, 0).cast(to: ONNXElementType(target))]
  }
}
