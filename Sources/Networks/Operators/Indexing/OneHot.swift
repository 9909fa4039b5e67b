import Tensors

/// For each index a line of `depth` places along a new axis: its third input's second element at the index, the first
/// elsewhere. An index outside -depth..<depth has none. The depth must be known beforehand.
struct OneHot: Operator {
  let identity: NodeIdentity
  let axis: Int
  let depth: Int

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 3...3)
    identity = reader.identity
    axis = try reader.integer("axis", default: -1)
    guard let depth = try reader.scalar(atInput: 1, called: "depth"), depth >= 0,
      depth <= Float(NetworkLimits.maximumElements)
    else { throw reader.invalid("its depth is not a number of places") }
    self.depth = Int(depth)
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    var shape = try identity.shape(inputs, 0)
    guard try identity.shape(inputs, 2).dimensions == [2] else {
      throw identity.invalid("takes two values, off and on")
    }
    shape.dimensions.insert(depth, at: try identity.axis(axis, rank: shape.rank + 1))
    return [try identity.checked(shape)]
  }

  func takenTypes(at position: Int) -> Set<ElementType> { position == 2 ? .all : .numbers }
  func outputTypes(_ inputs: [ElementType?]) -> [ElementType] { .like(Array(inputs.suffix(1))) }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let own = try? identity.axis(self.axis, rank: output.rank), axis != own else { return nil }
    return .first(axis: axis < own ? axis : axis - 1, of: inputs)
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let (indices, values) = (try identity.value(inputs, 0), try identity.value(inputs, 2))
    let output = try outputShapes([indices.shape, [], values.shape])[0]
    let axis = try identity.axis(self.axis, rank: output.rank)
    let inner = output.dimensions[(axis + 1)...].reduce(1, *)
    var choices = [Int](repeating: 0, count: output.elementCount)
    for (place, index) in indices.asIntegers(as: .int64).elements.enumerated() {
      let resolved = index < 0 ? index &+ depth : index
      guard resolved >= 0, resolved < depth else { continue }
      choices[(place / inner * depth + resolved) * inner + place % inner] = 1
    }
    return [values.rearranged(choices, shape: output)]
  }
}
