import Tensors

/// The dimensions of its input, from `start` to before `end` (opset 15).
struct ShapeOperator: Operator {
  let identity: NodeIdentity
  let start: Int
  let end: Int

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    start = try reader.integer("start", default: 0)
    end = try reader.integer("end", default: 1 << 20)
  }

  private func range(rank: Int) -> Range<Int> {
    let first = Swift.min(Swift.max(start < 0 ? start + rank : start, 0), rank)
    let last = Swift.min(Swift.max(end < 0 ? end + rank : end, 0), rank)
    return first..<Swift.max(first, last)
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    [[range(rank: try identity.shape(inputs, 0).rank).count]]
  }

  func takenTypes(at position: Int) -> Set<ElementType> { .all }

  func outputTypes(_ inputs: [ElementType?]) -> [ElementType] { [.integer] }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? { nil }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    [.integers(dimensions(of: try identity.value(inputs, 0).shape))]
  }

  /// The output, which needs no more than the input's shape.
  func dimensions(of shape: Shape) -> IntegerTensor {
    let range = range(rank: shape.rank)
    return IntegerTensor(shape: [range.count], elements: Array(shape.dimensions[range]))
  }
}
