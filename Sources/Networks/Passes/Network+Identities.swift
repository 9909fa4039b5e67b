import Tensors

extension Network {
  /// Removes Dropout and Identity, which pass their input on. One stays whose output is the network's own and whose input
  /// is the network's, too, or a constant.
  mutating func removeIdentities(keepingDropout: Bool = false) {
    let outputNames = Set(outputs.map(\.name))
    let uses = useCounts()
    let made = Set(nodes.flatMap(\.outputs))
    /// What a removed node's output is the same as.
    var sources: [String: String] = [:]
    /// A network output keeps its name: what made the removed node's input makes it instead.
    var renamed: [String: String] = [:]
    var kept: [Node] = []
    for node in nodes {
      if passesOn(node, uses: uses), !(keepingDropout && node.operatorType == "Dropout"), let first = node.inputs.first,
        let output = node.outputs.first
      {
        let source = sources[first] ?? first
        if !outputNames.contains(output) {
          sources[output] = source
          continue
        }
        if made.contains(source), !outputNames.contains(source), renamed[source] == nil {
          renamed[source] = output
          continue
        }
      }
      kept.append(node)
    }
    for index in kept.indices {
      kept[index].inputs = kept[index].inputs.map { name in
        let source = sources[name] ?? name
        return renamed[source] ?? source
      }
      kept[index].outputs = kept[index].outputs.map { renamed[$0] ?? $0 }
    }
    nodes = kept
  }

  private func passesOn(_ node: Node, uses: [String: Int]) -> Bool {
    switch node.operatorType {
    case "Identity": return (try? makeOperator(for: node)) != nil
    case "Dropout":
      // Whoever uses the mask, or drops while it runs, hears of it from the operator itself.
      guard node.outputs.dropFirst().allSatisfy({ uses[$0, default: 0] == 0 }) else { return false }
      return (try? makeOperator(for: node)) != nil
    default: return false
    }
  }
}
