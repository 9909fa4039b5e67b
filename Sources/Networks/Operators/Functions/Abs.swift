/// |x|.
struct Abs: NumericUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { Swift.abs(x) }

  func apply(_ x: Int) -> Int? { x == .min ? nil : Swift.abs(x) }
}
