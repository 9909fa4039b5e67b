/// Whether two operands are equal, element by element.
struct Equal: ComparisonOperator {
  let identity: NodeIdentity

  static var operandTypes: Set<ElementType> { .all }

  static func compare<Element: Comparable>(_ a: Element, _ b: Element) -> Bool { a == b }
}
