import Tensors

/// Our own: the parts of its input along `axis` at the indices `rows`, in that order; -1 gives zeros. A slice uses it
/// where it needs some rows of a value that is at hand whole.
struct SelectRows: Operator {
  static let operatorType = "edgemesh.SelectRows"

  let identity: NodeIdentity
  let axis: Int
  let rows: [Int]

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    guard let axis = try reader.integer("axis"), let rows = try reader.integers("rows") else {
      throw reader.invalid("its axis or rows are not given")
    }
    guard rows.allSatisfy({ $0 >= -1 }) else { throw reader.invalid("its rows must be -1 or more") }
    self.axis = axis
    self.rows = rows
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    var shape = try identity.shape(inputs, 0)
    let axis = try identity.axis(self.axis, rank: shape.rank)
    if let beyond = rows.first(where: { $0 >= shape[axis] }) {
      throw identity.invalid("row \(beyond) is outside its input's \(shape[axis]) along axis \(axis)")
    }
    shape[axis] = rows.count
    return [try identity.checked(shape)]
  }

  func takenTypes(at position: Int) -> Set<ElementType> { .all }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let own = try? identity.axis(self.axis, rank: output.rank), axis != own else { return nil }
    return .first(axis: axis, of: inputs)
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    let axis = try identity.axis(self.axis, rank: value.shape.rank)
    return [value.selecting(rows, axis: axis)]
  }
}
