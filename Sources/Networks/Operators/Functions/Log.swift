import Glibc
import Tensors

/// The natural logarithm of each element.
struct Log: PlainUnaryOperator {
  let identity: NodeIdentity

  var activation: Activation? { .log }

  func apply(_ x: Float) -> Float { log(x) }
}
