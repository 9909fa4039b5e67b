import Networks

extension StagingPass {
  /// For each group the values to exchange: one, wherever the others that are needed can be recomputed from it.
  ///
  /// A value can be recomputed where no node that is worth a stage lies between. Candidates are the needed values and
  /// all that they are made of in the group; the one that gives back most wins, then the cheapest (bytes, and what
  /// every seat computes again, by the options' exchange rate), then the latest.
  func chooseExchanges() -> [Exchange] {
    var exchanges: [Exchange] = []
    for (group, needs) in groupsWithNeeds {
      var open = needs
      var chosen: Set<String> = []
      while !open.isEmpty {
        var best: (value: String, covered: [String], cost: Int)?
        for candidate in candidates(for: open, group: group) where !chosen.contains(candidate) {
          let known = chosen.union([candidate])
          var recomputed: Set<Int> = []
          let covered = open.filter { need in
            guard let nodes = recomputation(of: need, from: known, group: group) else { return false }
            recomputed.formUnion(nodes)
            return true
          }
          let cost =
            options.worthOfExchange(bytes: analysis.byteCount(of: candidate))
            + recomputed.reduce(0) { $0 + analysis.flops[$1] }
          if let best, (best.covered.count, -best.cost) > (covered.count, -cost) { continue }
          if !covered.isEmpty { best = (candidate, covered, cost) }
        }
        // Every needed value covers itself, so there always is one.
        guard let best, case .rows(_, let axis) = placements[best.value] else { break }
        chosen.insert(best.value)
        exchanges.append(Exchange(value: best.value, axis: axis))
        open.removeAll(where: best.covered.contains)
      }
    }
    return exchanges
  }

  /// The given values and everything in their group that they are made of, in topological order.
  private func candidates(for values: [String], group: Int) -> [String] {
    var found = Set(values)
    var open = values
    while let value = open.popLast() {
      guard let producer = analysis.producers[value] else { continue }
      for input in analysis.network.nodes[producer].inputs where isRows(input, of: group) {
        if found.insert(input).inserted { open.append(input) }
      }
    }
    return found.sorted { (analysis.producers[$0] ?? 0, $0) < (analysis.producers[$1] ?? 0, $1) }
  }

  /// The nodes between what is known and `value`; nil where one of them is worth a stage.
  private func recomputation(of value: String, from known: Set<String>, group: Int) -> Set<Int>? {
    var nodes: Set<Int> = []
    var open = [value]
    while let value = open.popLast() {
      guard !known.contains(value), isRows(value, of: group), let producer = analysis.producers[value] else { continue }
      guard stageAxes[producer] == nil else { return nil }
      if nodes.insert(producer).inserted { open.append(contentsOf: analysis.network.nodes[producer].inputs) }
    }
    return nodes
  }

  private func isRows(_ value: String, of group: Int) -> Bool {
    guard case .rows(let member, _) = placements[value] else { return false }
    return root(of: member) == group
  }
}
