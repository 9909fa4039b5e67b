import Tensors

/// What pools over a whole channel share: `[N, C, ...]` becomes `[N, C, 1...]`.
protocol GlobalPoolOperator: Operator {
  var identity: NodeIdentity { get }
  func pool(_ map: FeatureMap) -> FeatureMap
}

extension GlobalPoolOperator {
  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.featureMap(
      try identity.shape(inputs, 0), spatialRanks: 1...NetworkLimits.maximumRank - 2)
    return [Shape([input[0], input[1]] + [Int](repeating: 1, count: input.rank - 2))]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    axis <= 1 ? .first(axis: axis, of: inputs) : nil
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    let output = try outputShapes([value.shape])[0]
    if case .map(let map) = value { return [.map(pool(map))] }
    return [.planes(pool(value.planes(height: 1, width: cappedProduct(value.shape.dimensions[2...]))), shape: output)]
  }
}
