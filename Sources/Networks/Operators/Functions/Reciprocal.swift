import Tensors

/// 1 / x.
struct Reciprocal: PlainUnaryOperator {
  let identity: NodeIdentity

  var activation: Activation? { .reciprocal }

  func apply(_ x: Float) -> Float { 1 / x }
}
