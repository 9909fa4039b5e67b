import Tensors

extension Network {
  /// Checks the graph and brings its nodes into topological order (their order stays where it is one already): every
  /// value is made once, every value that is used is made, nothing depends on itself, names are not empty, outputs exist.
  public func validated() throws(NetworkError) -> Network {
    var makers: [String: String] = [:]
    func define(_ value: String, by maker: String) throws(NetworkError) {
      guard !value.isEmpty else { throw .invalidGraph("\(maker) has no name") }
      if let other = makers.updateValue(maker, forKey: value) {
        throw .invalidGraph("the value '\(value)' is given twice, by \(other) and by \(maker)")
      }
    }
    for input in inputs { try define(input.name, by: "an input") }
    for constant in constants.keys.sorted() { try define(constant, by: "a constant") }
    var names: Set<String> = []
    for node in nodes {
      guard names.insert(node.name).inserted else { throw .invalidGraph("two nodes have the name '\(node.name)'") }
      guard node.outputs.contains(where: { !$0.isEmpty }) else {
        throw .invalidGraph("node '\(node.name)' (\(node.operatorType)) has no output")
      }
      for output in node.outputs where !output.isEmpty { try define(output, by: "node '\(node.name)'") }
    }
    for node in nodes {
      for input in node.inputs where !input.isEmpty && makers[input] == nil {
        throw .invalidGraph("node '\(node.name)' (\(node.operatorType)) uses the value '\(input)', which nothing makes")
      }
    }
    guard !outputs.isEmpty else { throw .invalidGraph("the network has no outputs") }
    var seen: Set<String> = []
    for output in outputs {
      guard makers[output.name] != nil else { throw .invalidGraph("nothing makes the output '\(output.name)'") }
      guard seen.insert(output.name).inserted else {
        throw .invalidGraph("the output '\(output.name)' is listed twice")
      }
    }
    for input in inputs {
      guard input.shape.isWithinLimits, input.shape.rank <= NetworkLimits.maximumRank else {
        throw .invalidGraph("the input '\(input.name)' has the shape \(input.shape)")
      }
    }
    var result = self
    result.nodes = try nodesInOrder()
    return result
  }

  /// The nodes such that each comes after those that it takes values from; otherwise in their given order.
  private func nodesInOrder() throws(NetworkError) -> [Node] {
    var makers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for output in node.outputs where !output.isEmpty { makers[output] = index }
    }
    // Depth first with a stack of our own: a file chooses how deep a chain is.
    enum State { case fresh, open, done }
    var states = [State](repeating: .fresh, count: nodes.count)
    var order: [Node] = []
    order.reserveCapacity(nodes.count)
    for root in nodes.indices where states[root] == .fresh {
      var stack: [(node: Int, nextInput: Int)] = [(root, 0)]
      states[root] = .open
      while let (index, position) = stack.last {
        let node = nodes[index]
        guard position < node.inputs.count else {
          states[index] = .done
          order.append(node)
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].nextInput = position + 1
        guard let maker = makers[node.inputs[position]] else { continue }
        switch states[maker] {
        case .done: break
        case .fresh:
          states[maker] = .open
          stack.append((maker, 0))
        case .open:
          let start = stack.firstIndex { $0.node == maker } ?? 0
          let cycle = stack[start...].prefix(8).map { "'\(nodes[$0.node].name)'" }
          throw .invalidGraph("nodes depend on each other in a circle: \(cycle.joined(separator: ", "))")
        }
      }
    }
    return order
  }
}
