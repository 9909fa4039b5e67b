import Tensors

/// max(0, x).
struct Relu: NumericUnaryOperator {
  let identity: NodeIdentity

  var activation: Activation? { .relu }

  func apply(_ x: Float) -> Float { Swift.max(0, x) }

  func apply(_ x: Int) -> Int? { Swift.max(0, x) }
}
