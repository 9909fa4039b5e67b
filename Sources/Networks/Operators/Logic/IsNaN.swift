/// Whether an element is no number.
struct IsNaN: ElementTest {
  let identity: NodeIdentity

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
  }

  func holds(_ x: Float) -> Bool { x.isNaN }
}
