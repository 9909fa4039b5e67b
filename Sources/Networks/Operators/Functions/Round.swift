import Tensors

/// The nearest integer; of two, the even one.
struct Round: PlainUnaryOperator {
  let identity: NodeIdentity

  var activation: Activation? { .rounding }

  func apply(_ x: Float) -> Float { x.rounded(.toNearestOrEven) }
}
