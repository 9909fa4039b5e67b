public import Tensors

/// What one node of a network takes and does for one sample.
public struct NodeProfile: Sendable, Hashable {
  public var name: String
  public var operatorType: String
  /// Nil where an input is not given.
  public var inputShapes: [Shape?]
  /// Elements of those inputs that are not constant.
  public var inputElements: Int
  /// Of its first output.
  public var outputShape: Shape
  /// Numbers among its weights and other constants that no node before it uses.
  public var parameters: Int
  public var multiplyAccumulates: Int
  /// Places of its window, or of its weights' kernel; 1 where it has none.
  public var taps: Int

  public init(
    name: String, operatorType: String, inputShapes: [Shape?], inputElements: Int, outputShape: Shape, parameters: Int,
    multiplyAccumulates: Int, taps: Int = 1
  ) {
    self.name = name
    self.operatorType = operatorType
    self.inputShapes = inputShapes
    self.inputElements = inputElements
    self.outputShape = outputShape
    self.parameters = parameters
    self.multiplyAccumulates = multiplyAccumulates
    self.taps = taps
  }
}

extension Network {
  /// What each node takes and does, in the nodes' order. Throws what is wrong with a node.
  public func profile() throws(NetworkError) -> [NodeProfile] {
    let operators = try makeOperators()
    let shapes = try inferredShapes(with: operators)
    var counted: Set<String> = []
    return zip(nodes, operators).map { node, operation in
      let outputs = node.outputs.map { shapes[$0] ?? [] }
      var parameters = 0
      for input in node.inputs {
        guard case .float(let tensor) = constants[input], counted.insert(input).inserted else { continue }
        parameters += tensor.count
      }
      let inputs = node.inputs.map { $0.isEmpty ? nil : shapes[$0] }
      let taken = node.inputs.filter { !$0.isEmpty && constants[$0] == nil }
      return NodeProfile(
        name: node.name, operatorType: node.operatorType, inputShapes: inputs,
        inputElements: taken.reduce(0) { $0 + (shapes[$1]?.elementCount ?? 0) }, outputShape: outputs.first ?? [],
        parameters: parameters,
        multiplyAccumulates: operation.multiplyAccumulates(inputs: inputs, outputs: outputs),
        taps: Self.taps(node, inputs: inputs))
    }
  }

  private static func taps(_ node: Node, inputs: [Shape?]) -> Int {
    if case .integers(let kernel)? = node.attributes["kernel_shape"] { return cappedProduct(kernel) }
    guard node.operatorType.hasPrefix("Conv"), let weights = inputs.dropFirst().first ?? nil, weights.rank > 2 else {
      return 1
    }
    return cappedProduct(weights.dimensions[2...])
  }
}
