/// Whether one of the operands is true, or both, element by element.
struct Or: LogicalOperator {
  let identity: NodeIdentity

  static func combine(_ a: Int, _ b: Int) -> Int { a | b }
}
