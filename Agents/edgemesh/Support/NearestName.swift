/// Finds what somebody meant to type.
enum NearestName {
  /// The name that differs least from `typed`, where it differs little enough to be worth suggesting; the first of
  /// several that are equally near.
  static func find(_ typed: String, in names: [String]) -> String? {
    let limit = Swift.max(1, Swift.min(3, typed.count / 3))
    var best: (name: String, distance: Int)?
    for name in names {
      let distance = name.hasPrefix(typed) && typed.count >= 2 ? 1 : distance(typed, name)
      if distance <= limit, distance < best?.distance ?? .max { best = (name, distance) }
    }
    return best?.name
  }

  /// Insertions, deletions, substitutions and swaps of neighbours between two names (optimal string alignment).
  static func distance(_ one: String, _ other: String) -> Int {
    let a = Array(one.utf8.prefix(64))
    let b = Array(other.utf8.prefix(64))
    var beforePrevious = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    for i in 0..<a.count {
      var current = [i + 1] + [Int](repeating: 0, count: b.count)
      for j in 0..<b.count {
        let substitution = previous[j] + (a[i] == b[j] ? 0 : 1)
        current[j + 1] = Swift.min(substitution, previous[j + 1] + 1, current[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          current[j + 1] = Swift.min(current[j + 1], beforePrevious[j - 1] + 1)
        }
      }
      beforePrevious = previous
      previous = current
    }
    return previous[b.count]
  }
}
