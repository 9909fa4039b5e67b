import Tensors

/// Element-wise product.
struct Mul: BinaryOperator {
  let identity: NodeIdentity

  static var arithmetic: Tensor.Arithmetic? { .multiply }

  static func combine(_ a: Float, _ b: Float) -> Float { a * b }

  static func combine(_ a: Int, _ b: Int) -> Int? { a &* b }

  static func combine(_ a: FeatureMap, _ b: FeatureMap) -> FeatureMap? { a.multiplied(by: b) }

  static func affine(_ operand: Float, operandFirst: Bool) -> (scale: Float, shift: Float)? { (operand, 0) }
}
