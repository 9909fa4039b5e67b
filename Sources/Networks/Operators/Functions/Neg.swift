import Tensors

/// -x.
struct Neg: NumericUnaryOperator {
  let identity: NodeIdentity

  var activation: Activation? { .negation }

  func apply(_ x: Float) -> Float { -x }

  func apply(_ x: Int) -> Int? { x == .min ? nil : -x }
}
