import Glibc
import Tensors

/// x / (1 + e^(-alpha * x)) (Ramachandran et al., 2017).
struct Swish: UnaryOperator {
  let identity: NodeIdentity
  let alpha: Float

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    alpha = try reader.float("alpha", default: 1)
  }

  var activation: Activation? { alpha == 1 ? .silu : .swish(rate: alpha) }

  func apply(_ x: Float) -> Float { x / (1 + exp(-alpha * x)) }
}
