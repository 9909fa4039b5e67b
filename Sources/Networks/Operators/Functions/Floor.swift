/// The largest integer that is not larger.
struct Floor: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { x.rounded(.down) }
}
