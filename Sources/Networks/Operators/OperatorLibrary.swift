/// The operators that there are, by their ONNX names.
public enum OperatorLibrary {
  static let operators: [String: any Operator.Type] = [
    "Abs": Abs.self,
    "Acos": Acos.self,
    "Acosh": Acosh.self,
    "Add": Add.self,
    "Asin": Asin.self,
    "Asinh": Asinh.self,
    "Atan": Atan.self,
    "Atanh": Atanh.self,
    "AveragePool": AveragePool.self,
    "BatchNormalization": BatchNormalization.self,
    "Cast": Cast.self,
    "Ceil": Ceil.self,
    "Celu": Celu.self,
    "Clip": Clip.self,
    "Concat": Concat.self,
    "ConstantOfShape": ConstantOfShape.self,
    "Conv": Conv.self,
    "ConvTranspose": ConvTranspose.self,
    "Cos": Cos.self,
    "Cosh": Cosh.self,
    "DepthToSpace": DepthToSpace.self,
    "Div": Div.self,
    "Dropout": Dropout.self,
    "Elu": Elu.self,
    "Erf": Erf.self,
    "Exp": Exp.self,
    "Flatten": Flatten.self,
    "Floor": Floor.self,
    "Gather": Gather.self,
    "Gelu": Gelu.self,
    "Gemm": Gemm.self,
    "GRU": GRU.self,
    "GlobalAveragePool": GlobalAveragePool.self,
    "GlobalLpPool": GlobalLpPool.self,
    "GlobalMaxPool": GlobalMaxPool.self,
    "GroupNormalization": GroupNormalization.self,
    "HardSigmoid": HardSigmoid.self,
    "HardSwish": HardSwish.self,
    "Hardmax": Hardmax.self,
    "Identity": Identity.self,
    "InstanceNormalization": InstanceNormalization.self,
    "LRN": LRN.self,
    "LSTM": LSTM.self,
    "LayerNormalization": LayerNormalization.self,
    "LeakyRelu": LeakyRelu.self,
    "Log": Log.self,
    "LogSoftmax": LogSoftmax.self,
    "LpNormalization": LpNormalization.self,
    "LpPool": LpPool.self,
    "MatMul": MatMul.self,
    "MaxPool": MaxPool.self,
    "MeanVarianceNormalization": MeanVarianceNormalization.self,
    "Mish": Mish.self,
    "Mul": Mul.self,
    "Neg": Neg.self,
    "PRelu": PRelu.self,
    "Pad": Pad.self,
    "Pow": Pow.self,
    "RMSNormalization": RMSNormalization.self,
    "RNN": RNN.self,
    "Reciprocal": Reciprocal.self,
    "ReduceL1": ReduceL1.self,
    "ReduceL2": ReduceL2.self,
    "ReduceLogSum": ReduceLogSum.self,
    "ReduceLogSumExp": ReduceLogSumExp.self,
    "ReduceMax": ReduceMax.self,
    "ReduceMean": ReduceMean.self,
    "ReduceMin": ReduceMin.self,
    "ReduceProd": ReduceProd.self,
    "ReduceSum": ReduceSum.self,
    "ReduceSumSquare": ReduceSumSquare.self,
    "Relu": Relu.self,
    "Reshape": Reshape.self,
    "Resize": Resize.self,
    "Round": Round.self,
    "Selu": Selu.self,
    "Shape": ShapeOperator.self,
    "Shrink": Shrink.self,
    "Sigmoid": Sigmoid.self,
    "Sign": Sign.self,
    "Sin": Sin.self,
    "Sinh": Sinh.self,
    "Slice": Slice.self,
    "Softmax": Softmax.self,
    "Softplus": Softplus.self,
    "Softsign": Softsign.self,
    "SpaceToDepth": SpaceToDepth.self,
    "Split": Split.self,
    "Sqrt": Sqrt.self,
    "Squeeze": Squeeze.self,
    "Sub": Sub.self,
    "Swish": Swish.self,
    "Tan": Tan.self,
    "Tanh": Tanh.self,
    "ThresholdedRelu": ThresholdedRelu.self,
    "Transpose": Transpose.self,
    "Unsqueeze": Unsqueeze.self,
    "Upsample": Upsample.self,
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
