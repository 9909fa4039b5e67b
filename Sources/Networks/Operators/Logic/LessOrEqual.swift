/// Whether the first operand is less than the second or equal to it, element by element.
struct LessOrEqual: ComparisonOperator {
  let identity: NodeIdentity

  static func compare<Element: Comparable>(_ a: Element, _ b: Element) -> Bool { a <= b }
}
