import Tensors

/// The largest integer that is not larger.
struct Floor: PlainUnaryOperator {
  let identity: NodeIdentity

  var activation: Activation? { .floor }

  func apply(_ x: Float) -> Float { x.rounded(.down) }
}
