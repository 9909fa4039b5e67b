import Tensors

/// |x|.
struct Abs: NumericUnaryOperator {
  let identity: NodeIdentity

  var activation: Activation? { .magnitude }

  func apply(_ x: Float) -> Float { Swift.abs(x) }

  func apply(_ x: Int) -> Int? { x == .min ? nil : Swift.abs(x) }
}
