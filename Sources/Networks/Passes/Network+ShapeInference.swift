public import Tensors

extension Network {
  /// The shape of every value: inputs, constants and what each node makes. The network must be in topological order.
  ///
  /// Throws `invalidNode` where a node's inputs do not fit it, and where a value would be empty or beyond the limits.
  public func inferredShapes() throws(NetworkError) -> [String: Shape] {
    try inferredShapes(with: try makeOperators())
  }

  /// The same with operators made before (one a node, in the nodes' order).
  public func inferredShapes(with operators: [any Operator]) throws(NetworkError) -> [String: Shape] {
    var shapes: [String: Shape] = [:]
    for input in inputs { shapes[input.name] = input.shape }
    for (name, constant) in constants { shapes[name] = constant.shape }
    for (node, operation) in zip(nodes, operators) {
      let outputs = try inferredShapes(of: node, operation, given: shapes)
      for (output, shape) in zip(node.outputs, outputs) where !output.isEmpty { shapes[output] = shape }
    }
    return shapes
  }

  func inferredShapes(
    of node: Node, _ operation: any Operator, given shapes: [String: Shape]
  ) throws(NetworkError) -> [Shape] {
    var inputs: [Shape?] = []
    for input in node.inputs {
      guard !input.isEmpty else {
        inputs.append(nil)
        continue
      }
      guard let shape = shapes[input] else {
        throw .invalidGraph("node '\(node.name)' uses the value '\(input)', which nothing makes before it")
      }
      inputs.append(shape)
    }
    let outputs = try operation.outputShapes(inputs)
    for shape in outputs {
      guard shape.isWithinLimits else {
        throw NodeIdentity(node).invalid("its output would be \(shape), more than edgemesh computes in one value")
      }
    }
    return outputs
  }

  /// Multiply-accumulates of each node for one sample, in the nodes' order.
  public func multiplyAccumulates() throws(NetworkError) -> [Int] {
    let operators = try makeOperators()
    let shapes = try inferredShapes(with: operators)
    return zip(nodes, operators).map { node, operation in
      operation.multiplyAccumulates(
        inputs: node.inputs.map { $0.isEmpty ? nil : shapes[$0] }, outputs: node.outputs.map { shapes[$0] ?? [] })
    }
  }

  /// Multiply-accumulates of the whole network for one sample.
  public func totalMultiplyAccumulates() throws(NetworkError) -> Int {
    try multiplyAccumulates().reduce(0) { sum, next in
      let (result, overflow) = sum.addingReportingOverflow(next)
      return overflow ? .max : result
    }
  }
}
