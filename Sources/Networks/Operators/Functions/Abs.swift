/// |x|.
struct Abs: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { Swift.abs(x) }
}
