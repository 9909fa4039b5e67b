/// x where it is more than alpha, else 0.
struct ThresholdedRelu: UnaryOperator {
  let identity: NodeIdentity
  let alpha: Float

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    alpha = try reader.float("alpha", default: 1)
  }

  func apply(_ x: Float) -> Float { x > alpha ? x : 0 }
}
