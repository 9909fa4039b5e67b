import Glibc
import Tensors

/// max(0, x) + min(0, alpha * (e^(x / alpha) - 1)) (Barron, 2017).
struct Celu: UnaryOperator {
  let identity: NodeIdentity
  let alpha: Float

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    alpha = try reader.float("alpha", default: 1)
  }

  var activation: Activation? { .celu(alpha: alpha) }

  func apply(_ x: Float) -> Float { Swift.max(0, x) + Swift.min(0, alpha * expm1(x / alpha)) }
}
