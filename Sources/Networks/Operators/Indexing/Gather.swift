import Tensors

/// The parts of its first input along `axis` at the indices that the second holds; negative ones count from the end.
struct Gather: Operator {
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
    return [
      try identity.checked(
        Shape(data.dimensions[..<axis] + indices.dimensions + data.dimensions[(axis + 1)...]))
    ]
  }

  func takenTypes(at position: Int) -> Set<ElementType> { position == 0 ? .all : [.integer] }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard inputs.count == 2, let data = inputs[0], let indices = inputs[1],
      let own = try? identity.axis(self.axis, rank: data.rank)
    else { return nil }
    if axis < own { return RowRule([.rows(axis: axis, start: 0, step: 1), .whole]) }
    if axis < own + indices.rank { return RowRule([.whole, .rows(axis: axis - own, start: 0, step: 1)]) }
    return RowRule([.rows(axis: axis - indices.rank + 1, start: 0, step: 1), .whole])
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    guard case .integers(let wanted) = try identity.value(inputs, 1) else {
      throw identity.invalid("its indices must be integers")
    }
    let output = try outputShapes([value.shape, wanted.shape])[0]
    let axis = try identity.axis(self.axis, rank: value.shape.rank)
    let extent = value.shape[axis]
    var indices: [Int] = []
    for index in wanted.elements {
      let resolved = index < 0 ? index + extent : index
      guard resolved >= 0, resolved < extent else {
        throw identity.invalid("index \(index) is outside its input's \(extent) along axis \(axis)")
      }
      indices.append(resolved)
    }
    return [value.selecting(indices, axis: axis).reshaped(to: output)]
  }
}
