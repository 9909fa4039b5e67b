import Glibc
import Tensors

/// gamma * x, or gamma * alpha * (e^x - 1) where x is negative (Klambauer et al., 2017).
struct Selu: UnaryOperator {
  let identity: NodeIdentity
  let alpha: Float
  let gamma: Float

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    alpha = try reader.float("alpha", default: 1.673_263_2)
    gamma = try reader.float("gamma", default: 1.050_701)
  }

  var activation: Activation? { .selu(alpha: alpha, gamma: gamma) }

  func apply(_ x: Float) -> Float { gamma * (x > 0 ? x : alpha * expm1(x)) }
}
