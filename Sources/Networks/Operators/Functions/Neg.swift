/// -x.
struct Neg: NumericUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { -x }

  func apply(_ x: Int) -> Int? { x == .min ? nil : -x }
}
