import Tensors

/// Its input several times along each axis: as often as its second input (in a cut node the attribute `repeats`) says.
struct Tile: Operator {
  let identity: NodeIdentity
  let repeats: [Int]

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...2)
    identity = reader.identity
    guard let repeats = try reader.integers("repeats", orInput: 1) else {
      throw reader.invalid("its repeats are not given")
    }
    guard repeats.allSatisfy({ $0 >= 0 }) else { throw reader.invalid("its repeats are \(repeats)") }
    self.repeats = repeats
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    guard repeats.count == input.rank else { throw identity.invalid("has \(repeats.count) repeats for \(input)") }
    return [try identity.checked(Shape(input.dimensions.indices.map { cappedProduct([input[$0], repeats[$0]]) }))]
  }

  func takenTypes(at position: Int) -> Set<ElementType> { position == 0 ? .all : [.integer] }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let input = inputs.first ?? nil, axis < repeats.count else { return nil }
    if repeats[axis] == 1 { return .first(axis: axis, of: inputs) }
    return input[axis] == 1 ? RowRule(inputs.map { _ in .whole }) : nil
  }

  func node(_ node: Node, computing rows: [Int], axis: Int, inputs: [Shape?]) -> Node {
    guard axis < repeats.count else { return node }
    var repeats = repeats
    if repeats[axis] != 1 { repeats[axis] = rows.count }
    var cut = node
    cut.inputs = node.inputs.indices.map { $0 == 0 ? node.inputs[0] : "" }
    cut.attributes["repeats"] = .integers(repeats)
    return cut
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    let output = try outputShapes([value.shape])[0]
    var result = value
    // Axis by axis, the shape growing.
    for axis in repeats.indices where repeats[axis] != 1 {
      let extent = value.shape[axis]
      result = result.selecting((0..<output[axis]).map { $0 % Swift.max(extent, 1) }, axis: axis)
    }
    return [result]
  }
}
