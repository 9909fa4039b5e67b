import Glibc
import Tensors

/// log(1 + e^x), without overflow.
struct Softplus: PlainUnaryOperator {
  let identity: NodeIdentity

  var activation: Activation? { .softplus }

  func apply(_ x: Float) -> Float { Self.value(x) }

  static func value(_ x: Float) -> Float { Swift.max(x, 0) + log1p(exp(-Swift.abs(x))) }
}
