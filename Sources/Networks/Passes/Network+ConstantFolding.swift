import Tensors

/// What constant folding may do. A file can ask for a lot by little (a constant of a huge shape, a chain that doubles):
/// what is written stays below four times what the file holds and `NetworkLimits.foldingAllowance`; beyond, nodes stay
/// and run each time.
struct FoldingBudget {
  private var elements = NetworkLimits.foldingAllowance
  /// Values that nodes must make, constant or not.
  private let outputNames: Set<String>

  init(for network: Network) {
    for constant in network.constants.values { elements += 4 * constant.shape.elementCount }
    outputNames = Set(network.outputs.map(\.name))
  }

  /// Takes what a node writes, if there is as much and it may be written beforehand.
  mutating func spend(on node: Node, _ shapes: [Shape]) -> Bool {
    let cost = shapes.reduce(0) { $0 + $1.elementCount }
    guard cost <= elements, !node.outputs.contains(where: outputNames.contains) else { return false }
    elements -= cost
    return true
  }
}

extension Network {
  /// Computes nodes whose inputs are all constant, and Shape of values whose shape is known, until none is left.
  mutating func foldConstants() throws(NetworkError) {
    var budget = FoldingBudget(for: self)
    var shapes: [String: Shape] = [:]
    for input in inputs { shapes[input.name] = input.shape }
    for (name, constant) in constants { shapes[name] = constant.shape }
    var kept: [Node] = []
    for node in nodes {
      let operation = try makeOperator(for: node)
      let outputShapes = try inferredShapes(of: node, operation, given: shapes)
      for (output, shape) in zip(node.outputs, outputShapes) { shapes[output] = shape }
      if try !fold(node, operation, shapes: shapes, within: &budget) { kept.append(node) }
    }
    nodes = kept
  }

  /// Makes constants of a node's outputs, where all that it takes is known; whether it did.
  mutating func fold(
    _ node: Node, _ operation: any Operator, shapes: [String: Shape], within budget: inout FoldingBudget
  ) throws(NetworkError) -> Bool {
    let outputShapes = node.outputs.compactMap { shapes[$0] }
    let values: [RuntimeValue]
    if let operation = operation as? any OperatorOfShape, let input = node.inputs.first, let shape = shapes[input],
      operation.needsShapeOnly
    {
      guard budget.spend(on: node, outputShapes) else { return false }
      values = [try operation.value(of: shape)]
    } else {
      guard node.inputs.allSatisfy({ $0.isEmpty || constants[$0] != nil }), budget.spend(on: node, outputShapes) else {
        return false
      }
      var types: [String: ElementType] = [:]
      for input in node.inputs { types[input] = constants[input]?.elementType }
      _ = try inferredTypes(of: node, operation, given: types)
      values = try operation.evaluate(node.inputs.map { constants[$0].map { RuntimeValue($0) } })
    }
    for (output, value) in zip(node.outputs, values) where !output.isEmpty { constants[output] = value.asConstant }
    return true
  }
}
