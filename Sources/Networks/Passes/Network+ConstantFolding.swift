import Tensors

extension Network {
  /// Computes nodes whose inputs are all constant, and Shape of values whose shape is known, until none is left.
  ///
  /// A file can ask for a lot by little (a constant of a huge shape, a chain that doubles): what is written stays below
  /// four times what the file holds and `NetworkLimits.foldingAllowance`; beyond, nodes stay and run each time.
  mutating func foldConstants() throws(NetworkError) {
    var budget = NetworkLimits.foldingAllowance
    for constant in constants.values { budget += 4 * constant.shape.elementCount }
    var shapes: [String: Shape] = [:]
    for input in inputs { shapes[input.name] = input.shape }
    for (name, constant) in constants { shapes[name] = constant.shape }
    let outputNames = Set(outputs.map(\.name))
    var kept: [Node] = []
    for node in nodes {
      let operation = try makeOperator(for: node)
      let outputShapes = try inferredShapes(of: node, operation, given: shapes)
      for (output, shape) in zip(node.outputs, outputShapes) { shapes[output] = shape }
      let cost = outputShapes.reduce(0) { $0 + $1.elementCount }
      guard cost <= budget, !node.outputs.contains(where: outputNames.contains),
        let values = try folded(node, operation, shapes: shapes)
      else {
        kept.append(node)
        continue
      }
      budget -= cost
      for (output, value) in zip(node.outputs, values) where !output.isEmpty { constants[output] = value.asConstant }
    }
    nodes = kept
  }

  private func folded(
    _ node: Node, _ operation: any Operator, shapes: [String: Shape]
  ) throws(NetworkError) -> [RuntimeValue]? {
    if let shapeOperator = operation as? ShapeOperator, let input = node.inputs.first, let shape = shapes[input] {
      return [.integers(shapeOperator.dimensions(of: shape))]
    }
    var values: [RuntimeValue?] = []
    for input in node.inputs {
      if input.isEmpty {
        values.append(nil)
      } else if let constant = constants[input] {
        values.append(RuntimeValue(constant))
      } else {
        return nil
      }
    }
    return try operation.evaluate(values)
  }
}
