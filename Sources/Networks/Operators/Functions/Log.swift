import Glibc

/// The natural logarithm of each element.
struct Log: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { log(x) }
}
