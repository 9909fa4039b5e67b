import Tensors

/// Brings each channel of each sample to mean 0 and variance 1, then scales and shifts it (Ulyanov et al., 2016).
/// Inputs: data `[N, C, ...]`, scale `[C]`, shift `[C]`.
struct InstanceNormalization: Operator {
  let identity: NodeIdentity
  let epsilon: Float

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 3...3)
    identity = reader.identity
    epsilon = try reader.float("epsilon", default: 1e-5)
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.featureMap(
      try identity.shape(inputs, 0), spatialRanks: 1...NetworkLimits.maximumRank - 2)
    for position in 1...2 {
      let parameter = try identity.shape(inputs, position)
      guard parameter == [input[1]] else {
        throw identity.invalid("its parameter \(position) is \(parameter) for an input of \(input)")
      }
    }
    return [input]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard axis <= 1 else { return nil }
    let parameter: RowRule.Input = axis == 1 ? .rows(axis: 0, start: 0, step: 1) : .whole
    return RowRule(inputs.indices.map { $0 == 0 ? .rows(axis: axis, start: 0, step: 1) : parameter })
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let tensor = try identity.tensor(inputs, 0)
    return [
      .tensor(
        tensor.normalized(
          runs: cappedProduct(tensor.shape.dimensions[2...]), epsilon: epsilon,
          channelScale: try identity.tensor(inputs, 1), shift: try identity.tensor(inputs, 2)))
    ]
  }
}
