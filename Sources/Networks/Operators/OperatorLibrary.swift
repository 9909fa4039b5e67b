/// The operators that there are, by their ONNX names.
public enum OperatorLibrary {
  static let operators: [String: any Operator.Type] = [
    "Add": Add.self, "AveragePool": AveragePool.self, "BatchNormalization": BatchNormalization.self, "Cast": Cast.self,
    "Clip": Clip.self, "Concat": Concat.self, "ConstantOfShape": ConstantOfShape.self, "Conv": Conv.self,
    "Div": Div.self, "Dropout": Dropout.self, "Erf": Erf.self, "Exp": Exp.self, "Flatten": Flatten.self,
    "Gather": Gather.self, "Gelu": Gelu.self, "Gemm": Gemm.self, "GlobalAveragePool": GlobalAveragePool.self,
    "GlobalMaxPool": GlobalMaxPool.self, "HardSigmoid": HardSigmoid.self, "HardSwish": HardSwish.self,
    "Identity": Identity.self, "LRN": LRN.self, "LayerNormalization": LayerNormalization.self, "MatMul": MatMul.self,
    "MaxPool": MaxPool.self, "Mul": Mul.self, "Pad": Pad.self, "Pow": Pow.self, "ReduceMean": ReduceMean.self,
    "Relu": Relu.self, "Reshape": Reshape.self, "Shape": ShapeOperator.self, "Sigmoid": Sigmoid.self,
    "Slice": Slice.self, "Softmax": Softmax.self, "Split": Split.self, "Sqrt": Sqrt.self, "Squeeze": Squeeze.self,
    "Sub": Sub.self, "Tanh": Tanh.self, "Transpose": Transpose.self, "Unsqueeze": Unsqueeze.self,
    SelectRows.operatorType: SelectRows.self,
  ]

  /// The names of the operators that there are, in order. (`Constant` nodes become constants at import.)
  public static var names: [String] { operators.keys.sorted() }

  public static func contains(_ operatorType: String) -> Bool { operators[operatorType] != nil }
}

extension Network {
  /// The operator of a node of this network, its attributes checked.
  public func makeOperator(for node: Node) throws(NetworkError) -> any Operator {
    guard let type = OperatorLibrary.operators[node.operatorType] else {
      throw .unsupportedOperators([described(node)])
    }
    let constants = node.inputs.map { $0.isEmpty ? nil : self.constants[$0] }
    return try type.init(node, context: OperatorContext(opset: opset, constants: constants))
  }

  /// The operators of all nodes, in the nodes' order. Throws once for all that there are not.
  public func makeOperators() throws(NetworkError) -> [any Operator] {
    let unknown = nodes.filter { !OperatorLibrary.contains($0.operatorType) }
    guard unknown.isEmpty else { throw .unsupportedOperators(unknown.map(described)) }
    var operators: [any Operator] = []
    for node in nodes { operators.append(try makeOperator(for: node)) }
    return operators
  }

  func described(_ node: Node) -> String { "\(node.operatorType) (node '\(node.name)', opset \(opset))" }
}
