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
        multiplyAccumulates: operation.multiplyAccumulates(inputs: inputs, outputs: outputs))
    }
  }
}
