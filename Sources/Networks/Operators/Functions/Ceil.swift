import Tensors

/// The smallest integer that is not smaller.
struct Ceil: PlainUnaryOperator {
  let identity: NodeIdentity

  var activation: Activation? { .ceiling }

  func apply(_ x: Float) -> Float { x.rounded(.up) }
}
