import Tensors

/// Element-wise quotient; between integers, rounded towards zero.
struct Div: BinaryOperator {
  let identity: NodeIdentity

  static var arithmetic: Tensor.Arithmetic? { .divide }

  static func combine(_ a: Float, _ b: Float) -> Float { a / b }

  static func combine(_ a: Int, _ b: Int) -> Int? {
    b == 0 ? nil : a.dividedReportingOverflow(by: b).partialValue
  }
}
