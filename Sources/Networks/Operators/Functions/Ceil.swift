/// The smallest integer that is not smaller.
struct Ceil: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { x.rounded(.up) }
}
