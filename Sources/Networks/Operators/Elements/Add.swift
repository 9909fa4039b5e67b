import Tensors

/// Element-wise sum.
struct Add: BinaryOperator {
  let identity: NodeIdentity

  static var arithmetic: Tensor.Arithmetic? { .add }

  static func combine(_ a: Float, _ b: Float) -> Float { a + b }

  static func combine(_ a: Int, _ b: Int) -> Int? { a &+ b }

  static func combine(_ a: FeatureMap, _ b: FeatureMap) -> FeatureMap? { a.adding(b) }

  static func affine(_ operand: Float, operandFirst: Bool) -> (scale: Float, shift: Float)? { (1, operand) }
}
