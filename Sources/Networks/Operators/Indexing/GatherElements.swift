import Tensors

/// For each index of its second input the element of the first at the same place, but for `axis`, where the index says.
struct GatherElements: Operator {
  let identity: NodeIdentity
  let axis: Int

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 2...2)
    identity = reader.identity
    axis = try reader.integer("axis", default: 0)
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let data = try identity.shape(inputs, 0)
    let indices = try identity.shape(inputs, 1)
    let axis = try identity.axis(self.axis, rank: data.rank)
    guard indices.rank == data.rank,
      data.dimensions.indices.allSatisfy({ $0 == axis || indices[$0] <= data[$0] })
    else { throw identity.invalid("its indices are \(indices) for an input of \(data)") }
    return [indices]
  }

  func takenTypes(at position: Int) -> Set<ElementType> { position == 0 ? .all : [.integer] }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let own = try? identity.axis(self.axis, rank: output.rank) else { return nil }
    let rows = RowRule.Input.rows(axis: axis, start: 0, step: 1)
    return RowRule([axis == own ? .whole : rows, rows])
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let data = try identity.value(inputs, 0)
    let indices = try identity.integers(inputs, 1)
    let output = try outputShapes([data.shape, indices.shape])[0]
    let axis = try identity.axis(self.axis, rank: output.rank)
    let strides = data.shape.strides
    var positions: [Int] = []
    positions.reserveCapacity(output.elementCount)
    try output.forEachIndex { (index) throws(NetworkError) in
      let wanted = try identity.index(indices.elements[positions.count], of: data.shape[axis], axis: axis)
      positions.append(Shape.position(index, strides) + (wanted - index[axis]) * strides[axis])
    }
    return [data.rearranged(positions, shape: output)]
  }
}
