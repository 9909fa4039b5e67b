import Tensors

/// Its first input with elements replaced by (or combined with) those of the third: each goes to its own place, but for
/// `axis`, where the second input says.
struct ScatterElements: Operator {
  let identity: NodeIdentity
  let axis: Int
  let reduction: ScatterReduction

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 3...3)
    identity = reader.identity
    axis = try reader.integer("axis", default: 0)
    reduction = try ScatterReduction(reader)
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let (data, indices) = (try identity.shape(inputs, 0), try identity.shape(inputs, 1))
    let axis = try identity.axis(self.axis, rank: data.rank)
    guard indices.rank == data.rank, try identity.shape(inputs, 2) == indices,
      data.dimensions.indices.allSatisfy({ $0 == axis || indices[$0] <= data[$0] })
    else { throw identity.invalid("its indices are \(indices) for an input of \(data), or its updates are not") }
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
    let axis = try identity.axis(self.axis, rank: data.shape.rank)
    let strides = data.shape.strides
    var positions: [Int] = []
    try indices.shape.forEachIndex { (index) throws(NetworkError) in
      let wanted = try identity.index(indices.elements[positions.count], of: data.shape[axis], axis: axis)
      positions.append(Shape.position(index, strides) + (wanted - index[axis]) * strides[axis])
    }
    return [reduction.scattered(updates, into: data, at: positions)]
  }
}
