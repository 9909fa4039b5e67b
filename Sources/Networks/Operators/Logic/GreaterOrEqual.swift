/// Whether the first operand is greater than the second or equal to it, element by element.
struct GreaterOrEqual: ComparisonOperator {
  let identity: NodeIdentity

  static func compare<Element: Comparable>(_ a: Element, _ b: Element) -> Bool { a >= b }
}
