import Networks

/// Which part of a value a slice needs.
enum RowDemand: Hashable {
  case whole
  /// The indices along an axis, ascending and each once.
  case rows(axis: Int, [Int])

  /// The smallest demand that covers both.
  func union(_ other: RowDemand) -> RowDemand {
    guard case .rows(let axis, let rows) = self, case .rows(axis, let otherRows) = other else { return .whole }
    return .rows(axis: axis, Set(rows).union(otherRows).sorted())
  }
}

/// What a node computes in a slice, and of what.
struct NodeCut {
  enum Kind {
    /// The node as it is.
    case whole
    /// Rows along an axis, in one node.
    case rows(axis: Int, [Int])
    /// Rows along an axis, one node a group.
    case groups(axis: Int, [[Int]])
  }

  var kind: Kind
  var rule: RowRule?

  static let whole = NodeCut(kind: .whole, rule: nil)

  /// Beyond so many groups with unequal shares, whole groups are computed and cut afterwards.
  static let mostGroupNodes = 16

  /// How a node computes the demanded rows of its output under its rule.
  ///
  /// Rows that come from none of the inputs (a Pad's border) are left out: they are zeros, put in afterwards. Of a
  /// grouped operator each group takes equally many rows, or each group gets a node of its own, or the groups are
  /// computed whole and cut afterwards.
  init(rows demanded: [Int], axis: Int, rule: RowRule, inputExtents: [Int?]) {
    self.rule = rule
    var rows = demanded
    let dependences = zip(rule.inputs, inputExtents)
    if dependences.contains(where: { if case .rows(_, _, ..<1) = $0.0 { true } else { false } }) {
      self = .whole
      return
    }
    let followed: [(start: Int, step: Int, extent: Int)] = dependences.compactMap { dependence, extent in
      guard case .rows(_, let start, let step) = dependence, let extent else { return nil }
      return (start, step, extent)
    }
    func isFilled(_ row: Int) -> Bool {
      followed.contains { (0..<$0.extent).contains($0.start + $0.step * row) }
    }
    if !followed.isEmpty {
      rows = demanded.filter(isFilled)
      if rows.isEmpty, let first = followed.first {
        // All border: one real row is computed for its shape.
        rows = [first.start < 0 ? (-first.start + first.step - 1) / first.step : 0]
      }
    }
    kind = .rows(axis: axis, rows)
    for case .group(_, let rowsPerGroup, _) in rule.inputs {
      let groups = Dictionary(grouping: rows) { $0 / rowsPerGroup }.sorted { $0.key < $1.key }
      guard rule.computesWholeGroups || Set(groups.map(\.value.count)).count > 1 else { continue }
      if !rule.computesWholeGroups, groups.count <= Self.mostGroupNodes {
        kind = .groups(axis: axis, groups.map(\.value))
      } else {
        kind = .rows(axis: axis, groups.flatMap { Array($0.key * rowsPerGroup..<($0.key + 1) * rowsPerGroup) })
      }
      break
    }
  }

  private init(kind: Kind, rule: RowRule?) {
    self.kind = kind
    self.rule = rule
  }

  /// The rows that the node (or its parts together) computes; nil where all.
  var rows: [Int]? {
    switch kind {
    case .whole: nil
    case .rows(_, let rows): rows
    case .groups(_, let groups): groups.flatMap { $0 }
    }
  }
}

extension RowRule.Input {
  /// What `rows` of the output need of this input, whose extent along its axis is `extent(axis)`.
  func demand(forRows rows: [Int], extent: (Int) -> Int) -> RowDemand {
    switch self {
    case .whole:
      return .whole
    case .rows(let axis, let start, let step):
      let range = 0..<extent(axis)
      return .rows(axis: axis, rows.map { start + step * $0 }.filter(range.contains))
    case .group(let axis, let rowsPerGroup, let inputsPerGroup):
      let groups = Set(rows.map { $0 / rowsPerGroup }).sorted()
      return .rows(axis: axis, groups.flatMap { Array($0 * inputsPerGroup..<($0 + 1) * inputsPerGroup) })
    }
  }
}
