/// Whether the first operand is greater than the second, element by element.
struct Greater: ComparisonOperator {
  let identity: NodeIdentity

  static func compare<Element: Comparable>(_ a: Element, _ b: Element) -> Bool { a > b }
}
