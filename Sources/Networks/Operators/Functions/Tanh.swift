import Glibc

/// The hyperbolic tangent of each element.
struct Tanh: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { tanh(x) }
}
