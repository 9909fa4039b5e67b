/// Whether the first operand is less than the second, element by element.
struct Less: ComparisonOperator {
  let identity: NodeIdentity

  static func compare<Element: Comparable>(_ a: Element, _ b: Element) -> Bool { a < b }
}
