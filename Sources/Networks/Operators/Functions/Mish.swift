import Glibc
import Tensors

/// x * tanh(log(1 + e^x)) (Misra, 2019).
struct Mish: PlainUnaryOperator {
  let identity: NodeIdentity

  var activation: Activation? { .mish }

  func apply(_ x: Float) -> Float { x * tanh(Softplus.value(x)) }
}
