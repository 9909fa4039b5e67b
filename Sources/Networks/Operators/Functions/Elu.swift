import Glibc
import Tensors

/// x, or alpha * (e^x - 1) where x is negative (Clevert et al., 2016).
struct Elu: UnaryOperator {
  let identity: NodeIdentity
  let alpha: Float

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    alpha = try reader.float("alpha", default: 1)
  }

  var activation: Activation? { .elu(alpha: alpha) }

  func apply(_ x: Float) -> Float { x < 0 ? alpha * expm1(x) : x }
}
