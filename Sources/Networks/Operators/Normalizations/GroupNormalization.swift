import Tensors

/// Brings each group of channels of each sample to mean 0 and variance 1, then scales and shifts (Wu and He, 2018).
/// Inputs: data `[N, C, ...]`, scale and shift, one of each a channel or, before opset 21, a group.
struct GroupNormalization: Operator {
  let identity: NodeIdentity
  let epsilon: Float
  let groups: Int
  let scalesGroups: Bool

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 3...3)
    identity = reader.identity
    epsilon = try reader.float("epsilon", default: 1e-5)
    guard let groups = try reader.integer("num_groups"), groups >= 1 else {
      throw reader.invalid("num_groups must be given, 1 or more")
    }
    self.groups = groups
    scalesGroups = reader.opset < 21
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.featureMap(
      try identity.shape(inputs, 0), spatialRanks: 0...NetworkLimits.maximumRank - 2)
    guard input[1] % groups == 0 else {
      throw identity.invalid("\(groups) groups do not divide the \(input[1]) channels of its input \(input)")
    }
    for position in 1...2 {
      let parameter = try identity.shape(inputs, position)
      guard parameter == [scalesGroups ? groups : input[1]] else {
        throw identity.invalid(
          "its parameter \(position) is \(parameter) for \(groups) groups of an input of \(input) (opset 18 takes one "
            + "number a group, opset 21 one a channel)")
      }
    }
    return [input]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    if axis == 0 { return .first(axis: 0, of: inputs) }
    // All channels in one group mix.
    guard axis == 1, groups > 1, output[1] % groups == 0 else { return nil }
    let size = output[1] / groups
    let parameter = RowRule.Input.group(axis: 0, rowsPerGroup: size, inputsPerGroup: scalesGroups ? 1 : size)
    return RowRule(
      inputs.indices.map { $0 == 0 ? .group(axis: 1, rowsPerGroup: size, inputsPerGroup: size) : parameter },
      computesWholeGroups: true)
  }

  func node(_ node: Node, computing rows: [Int], axis: Int, inputs: [Shape?]) -> Node {
    guard axis == 1, let input = inputs.first ?? nil else { return node }
    let size = Swift.max(input[1] / groups, 1)
    var cut = node
    cut.attributes["num_groups"] = .integer(Set(rows.map { $0 / size }).count)
    return cut
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let tensor = try identity.tensor(inputs, 0)
    let size = tensor.shape[1] / groups
    var parameters: [Tensor] = []
    for position in 1...2 {
      let given = try identity.tensor(inputs, position)
      parameters.append(
        scalesGroups ? given.selecting(indices: (0..<tensor.shape[1]).map { $0 / size }, axis: 0) : given)
    }
    return [
      .tensor(
        tensor.normalized(
          runs: cappedProduct(tensor.shape.dimensions[2...]) * size, epsilon: epsilon, channelScale: parameters[0],
          shift: parameters[1]))
    ]
  }
}
