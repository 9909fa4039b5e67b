import Glibc
import Tensors

/// The error function of each element (what older exporters write Gelu with).
struct Erf: PlainUnaryOperator {
  let identity: NodeIdentity

  var activation: Activation? { .erf }

  func apply(_ x: Float) -> Float { erf(x) }
}
