import Glibc

/// 1 / (1 + e^-x).
struct Sigmoid: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
}
