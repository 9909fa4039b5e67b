/// The sum of its operands, element by element.
struct Sum: VariadicOperator {
  let identity: NodeIdentity

  static func combine(_ a: Float, _ b: Float) -> Float { a + b }
}
