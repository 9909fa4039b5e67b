/// Whether just one of the operands is true, element by element.
struct Xor: LogicalOperator {
  let identity: NodeIdentity

  static func combine(_ a: Int, _ b: Int) -> Int { a ^ b }
}
