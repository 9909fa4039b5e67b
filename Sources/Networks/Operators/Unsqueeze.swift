import Tensors

/// Inserts dimensions of 1 at the axes of its output that are named (by attribute, from opset 13 by input).
struct Unsqueeze: ReshapeOperator {
  let identity: NodeIdentity
  let axes: [Int]

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...2)
    identity = reader.identity
    guard let axes = try reader.integers("axes", orInput: 1) else { throw reader.invalid("its axes are not given") }
    guard axes.count <= NetworkLimits.maximumRank else { throw reader.invalid("has \(axes.count) axes") }
    self.axes = axes
  }

  func target(for input: Shape) throws(NetworkError) -> Shape {
    let rank = input.rank + axes.count
    let inserted = try identity.axes(axes, rank: rank)
    var remaining = input.dimensions.makeIterator()
    return Shape((0..<rank).map { inserted.contains($0) ? 1 : remaining.next() ?? 1 })
  }
}
