/// Where along an axis the largest element is; of equal ones the first, or the last.
struct ArgMax: ArgOperator {
  let place: ArgPlace

  static func prefers<Element: Comparable>(_ a: Element, to b: Element) -> Bool { a > b }
}
