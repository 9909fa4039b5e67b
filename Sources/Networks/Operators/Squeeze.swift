import Tensors

/// Removes dimensions of 1: those named (by attribute, from opset 13 by input), else all.
struct Squeeze: ReshapeOperator {
  let identity: NodeIdentity
  let axes: [Int]?

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...2)
    identity = reader.identity
    axes = try reader.integers("axes", orInput: 1)
  }

  func target(for input: Shape) throws(NetworkError) -> Shape {
    let removed: [Int]
    if let axes {
      removed = try identity.axes(axes, rank: input.rank)
      guard removed.allSatisfy({ input[$0] == 1 }) else {
        throw identity.invalid("axes \(axes) of \(input) are not all 1")
      }
    } else {
      removed = input.dimensions.indices.filter { input[$0] == 1 }
    }
    return Shape(input.dimensions.indices.filter { !removed.contains($0) }.map { input[$0] })
  }

  func node(_ node: Node, computing rows: [Int], axis: Int, inputs: [Shape?]) -> Node {
    // Where no axes are named, a cut to one row must not lose the row axis.
    guard axes == nil, let input = inputs.first ?? nil else { return node }
    var cut = node
    cut.attributes["axes"] = .integers(input.dimensions.indices.filter { input[$0] == 1 })
    return cut
  }
}
