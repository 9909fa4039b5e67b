import Tensors

/// x / (1 + |x|).
struct Softsign: PlainUnaryOperator {
  let identity: NodeIdentity

  var activation: Activation? { .softsign }

  func apply(_ x: Float) -> Float { x / (1 + Swift.abs(x)) }
}
