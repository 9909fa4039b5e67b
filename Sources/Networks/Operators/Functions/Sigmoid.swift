import Glibc
import Tensors

/// 1 / (1 + e^-x).
struct Sigmoid: PlainUnaryOperator {
  let identity: NodeIdentity

  var activation: Activation? { .sigmoid }

  func apply(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
}
