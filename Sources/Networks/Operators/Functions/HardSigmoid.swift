import Tensors

/// max(0, min(1, alpha * x + beta)).
struct HardSigmoid: UnaryOperator {
  let identity: NodeIdentity
  let alpha: Float
  let beta: Float

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    alpha = try reader.float("alpha", default: 0.2)
    beta = try reader.float("beta", default: 0.5)
  }

  var activation: Activation? { .hardSigmoid(alpha: alpha, beta: beta) }

  func apply(_ x: Float) -> Float { Swift.max(0, Swift.min(1, alpha * x + beta)) }
}
