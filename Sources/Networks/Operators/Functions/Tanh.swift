import Glibc
import Tensors

/// The hyperbolic tangent of each element.
struct Tanh: PlainUnaryOperator {
  let identity: NodeIdentity

  var activation: Activation? { .tanh }

  func apply(_ x: Float) -> Float { tanh(x) }
}
