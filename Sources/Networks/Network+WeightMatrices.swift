import Tensors

extension Network {
  /// The constants that are nothing but weights of convolutions and linear layers: those that may be stored as numbers
  /// of 16 bits. Filters of one channel are few numbers, and none of them.
  public var weightMatrices: Set<String> {
    var matrices: Set<String> = []
    var others = Set(outputs.map(\.name))
    for node in nodes {
      for (index, input) in node.inputs.enumerated() where constants[input] != nil {
        if index == 1, takesMatrix(node) { matrices.insert(input) } else { others.insert(input) }
      }
    }
    return matrices.subtracting(others)
  }

  /// Whether a node's second input, which is constant, is a matrix of weights.
  private func takesMatrix(_ node: Node) -> Bool {
    guard case .float(let weights)? = constants[node.inputs[1]], constants[node.inputs[0]] == nil else { return false }
    let shape = weights.shape
    switch node.operatorType {
    case "Conv": return shape.rank > 2 && shape[1] > 1
    case "ConvTranspose":
      guard case .integer(let groups) = node.attributes["group"] ?? .integer(1) else { return false }
      return shape.rank > 2 && shape[0] > groups
    case "Gemm", "MatMul": return shape.rank == 2
    default: return false
    }
  }
}
