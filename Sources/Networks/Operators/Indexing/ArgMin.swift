/// Where along an axis the smallest element is; of equal ones the first, or the last.
struct ArgMin: ArgOperator {
  let place: ArgPlace

  static func prefers<Element: Comparable>(_ a: Element, to b: Element) -> Bool { a < b }
}
