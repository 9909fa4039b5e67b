import Tensors

/// The parts of its first input that the tuples of indices in its second name.
struct GatherND: Operator {
  let identity: NodeIdentity
  let batchRank: Int

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 2...2)
    identity = reader.identity
    batchRank = try reader.integer("batch_dims", default: 0)
  }

  private func tuples(_ inputs: [Shape?]) throws(NetworkError) -> IndexTuples {
    try IndexTuples(
      identity, data: try identity.shape(inputs, 0), indices: try identity.shape(inputs, 1), batchRank: batchRank)
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    [try identity.checked(try tuples(inputs).parts)]
  }

  func takenTypes(at position: Int) -> Set<ElementType> { position == 0 ? .all : [.integer] }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let tuples = try? tuples(inputs) else { return nil }
    let rows = RowRule.Input.rows(axis: axis, start: 0, step: 1)
    if axis < batchRank { return RowRule([rows, rows]) }
    let leading = tuples.indices.rank - 1
    if axis < leading { return RowRule([.whole, rows]) }
    return RowRule([.rows(axis: batchRank + tuples.depth + axis - leading, start: 0, step: 1), .whole])
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let data = try identity.value(inputs, 0)
    let indices = try identity.integers(inputs, 1)
    let tuples = try tuples([data.shape, indices.shape])
    let count = tuples.part.elementCount
    let positions = try tuples.starts(indices.elements).flatMap { Array($0..<$0 + count) }
    return [data.rearranged(positions, shape: try identity.checked(tuples.parts))]
  }
}
