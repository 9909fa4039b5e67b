/// The smallest of its operands, element by element; no number where one is none.
struct Min: VariadicOperator {
  let identity: NodeIdentity

  static func combine(_ a: Float, _ b: Float) -> Float { a.isNaN || a < b ? a : b }

  static var combineIntegers: (@Sendable (Int, Int) -> Int)? { { Swift.min($0, $1) } }
}
