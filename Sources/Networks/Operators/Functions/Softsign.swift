/// x / (1 + |x|).
struct Softsign: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { x / (1 + Swift.abs(x)) }
}
