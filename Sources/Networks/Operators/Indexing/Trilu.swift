import Tensors

/// The upper (or lower) triangle of each matrix, zeros elsewhere: from the k-th diagonal above the main one, which must
/// be known beforehand.
struct Trilu: Operator {
  let identity: NodeIdentity
  let takesUpper: Bool
  let diagonal: Int

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...2)
    identity = reader.identity
    takesUpper = try reader.flag("upper", default: true)
    let given = try reader.integers("", orInput: 1) ?? [0]
    guard given.count == 1 else { throw reader.invalid("its k must be one integer") }
    diagonal = given[0]
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    guard input.rank >= 2 else { throw identity.invalid("its input is \(input); it takes matrices") }
    return [input]
  }

  func takenTypes(at position: Int) -> Set<ElementType> { position == 0 ? .all : [.integer] }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    axis < output.rank - 2 ? .first(axis: axis, of: inputs) : nil
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    let shape = try outputShapes([value.shape])[0]
    let (rows, columns) = (shape[shape.rank - 2], shape[shape.rank - 1])
    let positions = (0..<shape.elementCount).map { position in
      let offset = position % columns - position / columns % rows
      return (takesUpper ? offset >= diagonal : offset <= diagonal) ? position : -1
    }
    return [value.rearranged(positions, shape: shape)]
  }
}
