/// The mean of its operands, element by element.
struct Mean: VariadicOperator {
  let identity: NodeIdentity

  static func combine(_ a: Float, _ b: Float) -> Float { a + b }

  static func finish(_ x: Float, count: Int) -> Float { x / Float(count) }
}
