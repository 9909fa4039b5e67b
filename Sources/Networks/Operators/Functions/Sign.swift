/// -1, 0 or 1, as x is less than, equal to or more than 0.
struct Sign: NumericUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { x > 0 ? 1 : x < 0 ? -1 : x }

  func apply(_ x: Int) -> Int? { x.signum() }
}
