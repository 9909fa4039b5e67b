import Glibc

/// The error function of each element (what older exporters write Gelu with).
struct Erf: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { erf(x) }
}
