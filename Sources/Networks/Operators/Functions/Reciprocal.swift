/// 1 / x.
struct Reciprocal: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { 1 / x }
}
