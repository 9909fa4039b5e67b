import Tensors

/// The square root of each element.
struct Sqrt: PlainUnaryOperator {
  let identity: NodeIdentity

  var activation: Activation? { .squareRoot }

  func apply(_ x: Float) -> Float { x.squareRoot() }
}
