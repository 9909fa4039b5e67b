import Tensors

/// x * max(0, min(1, x / 6 + 1 / 2)) (Howard et al., Searching for MobileNetV3, 2019).
struct HardSwish: PlainUnaryOperator {
  let identity: NodeIdentity

  var activation: Activation? { .hardSwish }

  func apply(_ x: Float) -> Float { x * Swift.max(0, Swift.min(1, x / 6 + 0.5)) }
}
