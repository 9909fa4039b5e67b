import Tensors

/// What pools over a whole channel share.
protocol GlobalPoolOperator: Operator {
  var identity: NodeIdentity { get }
  func pool(_ map: FeatureMap) -> FeatureMap
}

extension GlobalPoolOperator {
  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.featureMap(try identity.shape(inputs, 0))
    return [Shape([1, input[1]] + [Int](repeating: 1, count: input.rank - 2))]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    axis == 1 ? .first(axis: 1, of: inputs) : nil
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let shape = try identity.value(inputs, 0).shape
    return [.value(pool(try identity.map(inputs, 0)), shapedLike: shape)]
  }
}
