/// Whether an element is infinite: either way, or just one of them.
struct IsInf: ElementTest {
  let identity: NodeIdentity
  let findsNegative: Bool
  let findsPositive: Bool

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    findsNegative = try reader.flag("detect_negative", default: true)
    findsPositive = try reader.flag("detect_positive", default: true)
  }

  func holds(_ x: Float) -> Bool { findsPositive && x == .infinity || findsNegative && x == -.infinity }
}
