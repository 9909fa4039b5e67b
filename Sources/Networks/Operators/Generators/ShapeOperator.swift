import Tensors

/// The dimensions of its input, from `start` to before `end` (opset 15).
struct ShapeOperator: OperatorOfShape {
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

  func outputTypes(_ inputs: [ElementType?]) -> [ElementType] { [.integer] }

  func value(of shape: Shape) -> RuntimeValue {
    let range = range(rank: shape.rank)
    return .integers(IntegerTensor(shape: [range.count], elements: Array(shape.dimensions[range])))
  }
}
