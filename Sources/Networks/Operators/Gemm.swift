import Tensors

/// alpha * A * B + beta * C, each of A and B transposed or not. A row is a column of the output: a neuron.
struct Gemm: Operator {
  let identity: NodeIdentity
  let alpha: Float
  let beta: Float
  let transposesA: Bool
  let transposesB: Bool

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 2...3)
    identity = reader.identity
    alpha = try reader.float("alpha", default: 1)
    beta = try reader.float("beta", default: 1)
    transposesA = try reader.flag("transA")
    transposesB = try reader.flag("transB")
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let a = try identity.shape(inputs, 0)
    let b = try identity.shape(inputs, 1)
    guard a.rank == 2, b.rank == 2 else { throw identity.invalid("its operands are \(a) and \(b); it takes matrices") }
    let (rows, inner) = transposesA ? (a[1], a[0]) : (a[0], a[1])
    let (otherInner, columns) = transposesB ? (b[1], b[0]) : (b[0], b[1])
    guard inner == otherInner else { throw identity.invalid("its operands \(a) and \(b) do not fit together") }
    let output: Shape = [rows, columns]
    if inputs.count > 2, let c = inputs[2], Tensor.broadcast(c, output) != output {
      throw identity.invalid("its bias is \(c) for an output of \(output)")
    }
    return [try identity.checked(output)]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard axis == 1 else { return nil }
    var rule = RowRule.aligned(axis: axis, inputs: inputs, output: output)
    rule.inputs[0] = .whole
    rule.inputs[1] = .rows(axis: transposesB ? 0 : 1, start: 0, step: 1)
    return rule
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let a = try identity.tensor(inputs, 0)
    let b = try identity.tensor(inputs, 1)
    var result = Tensor.matmul(a, b, transposingLeft: transposesA, transposingRight: transposesB, scale: alpha)
    if inputs.count > 2, let c = inputs[2]?.asTensor {
      result = Tensor.combining(result, beta == 1 ? c : c.map { $0 * beta }, .add)
    }
    return [.tensor(result)]
  }

  /// The weights as rows and the bias as one number a row, alpha and beta in them. A is not transposed; the bias is one
  /// number, or one a column.
  func rows(of weights: Tensor, bias: Tensor?) -> (weights: Tensor, bias: [Float]?) {
    let alpha = alpha
    var rows =
      transposesB ? weights : weights.later([weights.shape[1], weights.shape[0]]) { $0.transposed([1, 0]) }
    if alpha != 1 { rows = rows.later(rows.shape) { $0.map { $0 * alpha } } }
    let added = bias.map { bias in (0..<rows.shape[0]).map { bias[bias.count == 1 ? 0 : $0] * beta } }
    return (rows, added)
  }

  func multiplyAccumulates(inputs: [Shape?], outputs: [Shape]) -> Int {
    guard let a = inputs.first ?? nil, let output = outputs.first, a.rank == 2 else { return 0 }
    return cappedProduct([output[0], output[1], a[transposesA ? 0 : 1]])
  }
}
