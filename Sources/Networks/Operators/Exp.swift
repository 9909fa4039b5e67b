import Glibc

/// e to the power of each element.
struct Exp: UnaryOperator {
  let identity: NodeIdentity

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
  }

  func apply(_ x: Float) -> Float { exp(x) }
}
