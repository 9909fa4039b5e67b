public import Tensors

extension Network {
  /// What a node computes, or nil where that is none of the cases of `Computation`.
  ///
  /// - Parameter shapes: of all values, as `inferredShapes` gives them.
  public func computation(of node: Node, shapes: [String: Shape]) throws(NetworkError) -> Computation? {
    let operation = try makeOperator(for: node)
    let inputs = node.inputs.map { $0.isEmpty ? nil : shapes[$0] }
    guard let input = inputs.first ?? nil, let first = node.outputs.first(where: { !$0.isEmpty }),
      let output = shapes[first]
    else { return nil }
    switch operation {
    case let conv as Conv:
      guard let weights = inputs[1] else { return nil }
      let extents = try conv.windowAttributes.extents(
        over: Array(input.dimensions[2...]), weightKernel: Array(weights.dimensions[2...]))
      return .convolution(Window(extents), groups: conv.group)
    case let gemm as Gemm:
      var product = Computation.Product()
      product.transposesLeft = gemm.transposesA
      product.transposesRight = gemm.transposesB
      (product.scale, product.biasScale) = (gemm.alpha, gemm.beta)
      return .product(product)
    case is MatMul: return .product(Computation.Product())
    case let normalization as BatchNormalization:
      return .batchNormalization(epsilon: normalization.epsilon, momentum: normalization.momentum)
    case let normalization as LayerNormalization:
      guard node.outputs.count == 1 else { return nil }
      let axis = try normalization.identity.axis(normalization.axis, rank: input.rank)
      return .layerNormalization(
        width: input.dimensions[axis...].reduce(1, *), epsilon: normalization.epsilon)
    case let softmax as Softmax:
      let axis = try softmax.identity.axis(softmax.axis, rank: input.rank)
      guard softmax.flattens || axis == input.rank - 1 else { return nil }
      return .softmax(width: input.dimensions[axis...].reduce(1, *))
    case let unary as any UnaryOperator: return unary.activation.map { .function($0) }
    case let binary as any BinaryOperator: return type(of: binary).arithmetic.map { .arithmetic($0) }
    case let pool as MaxPool:
      guard input.rank <= 4, node.outputs.count == 1 else { return nil }
      return .maximumPool(Window(try pool.windowAttributes.extents(over: Array(input.dimensions[2...]))))
    case let pool as AveragePool:
      guard input.rank <= 4 else { return nil }
      return .averagePool(
        Window(try pool.windowAttributes.extents(over: Array(input.dimensions[2...]))),
        countsPadding: pool.countsPadding)
    case is GlobalAveragePool: return .globalAveragePool
    case is GlobalMaxPool: return .globalMaximumPool
    case is Identity, is any ReshapeOperator: return .reshape
    case is Dropout:
      guard node.outputs.count == 1 else { return nil }
      return .dropout(ratio: try dropoutRatio(of: node))
    case let lstm as LSTM:
      guard !lstm.couplesForget else { return nil }
      let extents = try lstm.attributes.extents(inputs, states: LSTM.states)
      return lstm.attributes.recurrence(.lstm, node, extents).map { .recurrence($0) }
    case let gru as GRU:
      let extents = try gru.attributes.extents(inputs, states: GRU.states)
      return gru.attributes.recurrence(.gru(resetsSums: gru.resetsSums), node, extents).map { .recurrence($0) }
    default: return try moves(of: operation, node, inputs, output, shapes).map { .arrangement($0) }
    }
  }

  /// Until opset 11 an attribute, then an input.
  private func dropoutRatio(of node: Node) throws(NetworkError) -> Float {
    if case .float(let ratio) = node.attributes["ratio"] { return ratio }
    if node.inputs.count > 1, case .float(let tensor) = constants[node.inputs[1]], tensor.count == 1 {
      return tensor[0]
    }
    return 0.5
  }
}
