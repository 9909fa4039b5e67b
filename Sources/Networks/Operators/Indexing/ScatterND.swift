import Tensors

/// Its first input with the parts that the tuples of indices in the second name replaced by (or combined with) those of
/// the third.
struct ScatterND: Operator {
  let identity: NodeIdentity
  let reduction: ScatterReduction

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 3...3)
    identity = reader.identity
    reduction = try ScatterReduction(reader)
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let (data, indices) = (try identity.shape(inputs, 0), try identity.shape(inputs, 1))
    let updates = try identity.shape(inputs, 2)
    let parts = try IndexTuples(identity, data: data, indices: indices).parts
    guard updates == parts else { throw identity.invalid("its updates are \(updates), its indices name \(parts)") }
    return [data]
  }

  func takenTypes(at position: Int) -> Set<ElementType> { position == 1 ? [.integer] : .all }

  func outputTypes(_ inputs: [ElementType?]) throws(NetworkError) -> [ElementType] {
    [try identity.common([inputs.first ?? nil, inputs.last ?? nil])]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? { nil }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let (data, updates) = (try identity.value(inputs, 0), try identity.value(inputs, 2))
    let indices = try identity.integers(inputs, 1)
    _ = try outputShapes([data.shape, indices.shape, updates.shape])
    let tuples = try IndexTuples(identity, data: data.shape, indices: indices.shape)
    let count = tuples.part.elementCount
    let positions = try tuples.starts(indices.elements).flatMap { Array($0..<$0 + count) }
    return [reduction.scattered(updates, into: data, at: positions)]
  }
}
