import Networks

extension Network {
  /// The network in which running statistics are nobody else's numbers.
  ///
  /// Exporters write equal constants once: all that begins with 0 or 1 may be one. Training would then make one number of
  /// a scale and a variance. Each use of such a constant gets a copy of its own.
  ///
  /// - Returns: besides, which constant each copy was made of.
  func withOwnStatistics() -> (network: Network, copies: [String: String]) {
    var uses: [String: Int] = [:]
    var running: Set<String> = []
    for node in nodes {
      for (position, name) in node.inputs.enumerated() where constants[name] != nil {
        uses[name, default: 0] += 1
        if node.operatorType == "BatchNormalization", position > 2 { running.insert(name) }
      }
    }
    let common = running.filter { uses[$0, default: 0] > 1 }
    var (result, copies): (Network, [String: String]) = (self, [:])
    guard !common.isEmpty else { return (self, [:]) }
    let names = Set(constants.keys).union(nodes.flatMap(\.outputs)).union(inputs.map(\.name))
    for index in nodes.indices {
      for (position, name) in nodes[index].inputs.enumerated() where common.contains(name) {
        var copy = "\(name).\(index).\(position)"
        while names.contains(copy) { copy += "_" }
        result.nodes[index].inputs[position] = copy
        result.constants[copy] = constants[name]
        copies[copy] = name
      }
    }
    let outputNames = Set(outputs.map(\.name))
    for name in common where !outputNames.contains(name) { result.constants[name] = nil }
    return (result, copies)
  }
}
