/// The square root of each element.
struct Sqrt: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { x.squareRoot() }
}
