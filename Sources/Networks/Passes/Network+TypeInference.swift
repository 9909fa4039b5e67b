extension Network {
  /// What the elements of every value are: of inputs, constants and what each node makes. The network must be in
  /// topological order.
  ///
  /// Throws `invalidNode` where an operator does not take elements of such a type.
  public func inferredTypes() throws(NetworkError) -> [String: ElementType] {
    try inferredTypes(with: try makeOperators())
  }

  /// The same with operators made before (one a node, in the nodes' order).
  public func inferredTypes(with operators: [any Operator]) throws(NetworkError) -> [String: ElementType] {
    var types: [String: ElementType] = [:]
    for input in inputs { types[input.name] = input.elementType }
    for (name, constant) in constants { types[name] = constant.elementType }
    for (node, operation) in zip(nodes, operators) {
      let outputs = try inferredTypes(of: node, operation, given: types)
      for (output, type) in zip(node.outputs, outputs) where !output.isEmpty { types[output] = type }
    }
    return types
  }

  /// The types of a node's outputs, one each.
  func inferredTypes(
    of node: Node, _ operation: any Operator, given types: [String: ElementType]
  ) throws(NetworkError) -> [ElementType] {
    let inputs = node.inputs.map { $0.isEmpty ? nil : types[$0] }
    for (position, type) in inputs.enumerated() {
      guard let type else { continue }
      let taken = operation.takenTypes(at: position)
      guard taken.contains(type) else {
        let words = ElementType.allCases.filter(taken.contains).map(\.description).joined(separator: " or ")
        throw NodeIdentity(node).invalid(
          "takes \(words), its input \(position) ('\(node.inputs[position])') holds \(type); put a Cast before it")
      }
    }
    var outputs = try operation.outputTypes(inputs)
    // An operator that names one type means all its outputs.
    while let last = outputs.last, outputs.count < node.outputs.count { outputs.append(last) }
    return outputs
  }
}
