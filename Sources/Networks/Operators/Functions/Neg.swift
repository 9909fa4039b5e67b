/// -x.
struct Neg: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { -x }
}
