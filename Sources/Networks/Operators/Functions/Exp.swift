import Glibc
import Tensors

/// e to the power of each element.
struct Exp: PlainUnaryOperator {
  let identity: NodeIdentity

  var activation: Activation? { .exp }

  func apply(_ x: Float) -> Float { exp(x) }
}
