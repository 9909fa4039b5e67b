/// Takes `bias` off what lies beyond `lambd` on either side; what lies between becomes 0.
struct Shrink: UnaryOperator {
  let identity: NodeIdentity
  let bias: Float
  let threshold: Float

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    bias = try reader.float("bias", default: 0)
    threshold = try reader.float("lambd", default: 0.5)
  }

  func apply(_ x: Float) -> Float { x < -threshold ? x + bias : x > threshold ? x - bias : 0 }
}
