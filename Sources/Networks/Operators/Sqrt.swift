/// The square root of each element.
struct Sqrt: UnaryOperator {
  let identity: NodeIdentity

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
  }

  func apply(_ x: Float) -> Float { x.squareRoot() }
}
