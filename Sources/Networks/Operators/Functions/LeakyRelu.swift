import Tensors

/// x, or alpha * x where x is negative (Maas et al., 2013).
struct LeakyRelu: UnaryOperator {
  let identity: NodeIdentity
  let alpha: Float

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    alpha = try reader.float("alpha", default: 0.01)
  }

  var activation: Activation? { .leakyRelu(slope: alpha) }

  func apply(_ x: Float) -> Float { x < 0 ? alpha * x : x }
}
