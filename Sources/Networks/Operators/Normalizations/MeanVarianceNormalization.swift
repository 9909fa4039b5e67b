import Tensors

/// (x - mean) / (deviation + 1e-9) over axes; without a word all but the channels'.
struct MeanVarianceNormalization: Operator {
  let identity: NodeIdentity
  let axes: [Int]

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    axes = try reader.integers("axes") ?? [0, 2, 3]
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    _ = try identity.axes(axes, rank: input.rank)
    guard !input.dimensions.contains(0) else { throw identity.invalid("its input \(input) is empty") }
    return [input]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let own = try? identity.axes(axes, rank: output.rank), !own.contains(axis) else { return nil }
    return .first(axis: axis, of: inputs)
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let tensor = try identity.tensor(inputs, 0)
    let axes = try identity.axes(self.axes, rank: tensor.shape.rank)
    let centred = Tensor.combining(tensor, tensor.mean(axes: axes, keepDims: true), .subtract)
    let variances = centred.map { $0 * $0 }.mean(axes: axes, keepDims: true)
    return [.tensor(Tensor.combining(centred, variances.map { $0.squareRoot() + 1e-9 }, .divide))]
  }
}
