import Glibc

/// e to the power of each element.
struct Exp: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { exp(x) }
}
