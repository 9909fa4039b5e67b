import Tensors

/// Element-wise difference.
struct Sub: BinaryOperator {
  let identity: NodeIdentity

  static var arithmetic: Tensor.Arithmetic? { .subtract }

  static func combine(_ a: Float, _ b: Float) -> Float { a - b }

  static func combine(_ a: Int, _ b: Int) -> Int? { a &- b }

  static func affine(_ operand: Float, operandFirst: Bool) -> (scale: Float, shift: Float)? {
    operandFirst ? (-1, operand) : (1, -operand)
  }
}
