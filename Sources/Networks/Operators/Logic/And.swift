/// Whether both operands are true, element by element.
struct And: LogicalOperator {
  let identity: NodeIdentity

  static func combine(_ a: Int, _ b: Int) -> Int { a & b }
}
