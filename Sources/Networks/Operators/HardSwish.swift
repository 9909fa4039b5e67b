/// x * max(0, min(1, x / 6 + 1 / 2)) (Howard et al., Searching for MobileNetV3, 2019).
struct HardSwish: UnaryOperator {
  let identity: NodeIdentity

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
  }

  func apply(_ x: Float) -> Float { x * Swift.max(0, Swift.min(1, x / 6 + 0.5)) }
}
