import Tensors

/// Convolution over one or two spatial dimensions, with groups, dilations and any padding.
///
/// Inputs: data `[N, C, (H,) W]`, weights `[M, C / group, (kh,) kw]`, bias `[M]` or none. A row is an output channel.
struct Conv: Operator {
  let identity: NodeIdentity
  let windowAttributes: WindowAttributes
  let group: Int

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 2...3)
    identity = reader.identity
    windowAttributes = try WindowAttributes(reader)
    group = try reader.integer("group", default: 1)
    guard group >= 1 else { throw reader.invalid("group is \(group)") }
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.featureMap(try identity.shape(inputs, 0), spatialRanks: 1...2)
    let weights = try identity.shape(inputs, 1)
    guard weights.rank == input.rank, !weights.dimensions.contains(0) else {
      throw identity.invalid("its weights are \(weights) for an input of \(input)")
    }
    guard input[1] % group == 0, weights[0] % group == 0, weights[1] == input[1] / group else {
      throw identity.invalid("weights \(weights) in \(group) groups do not fit an input of \(input)")
    }
    if inputs.count > 2, let bias = inputs[2], bias != [weights[0]] {
      throw identity.invalid("its bias is \(bias) for \(weights[0]) output channels")
    }
    let spatial = try windowAttributes.outputExtents(
      over: Array(input.dimensions[2...]), weightKernel: Array(weights.dimensions[2...]))
    return [try identity.checked(Shape([input[0], weights[0]] + spatial))]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    if axis == 0 { return .first(axis: 0, of: inputs) }
    guard axis == 1, let data = inputs.first ?? nil, group >= 1 else { return nil }
    let own = RowRule.Input.rows(axis: 0, start: 0, step: 1)
    let input: RowRule.Input
    if group == 1 {
      input = .whole
    } else if group == data[1], group == output[1] {
      input = .rows(axis: 1, start: 0, step: 1)
    } else {
      input = .group(axis: 1, rowsPerGroup: output[1] / group, inputsPerGroup: data[1] / group)
    }
    return RowRule(inputs.indices.map { $0 == 0 ? input : inputs[$0] == nil ? .whole : own })
  }

  func node(_ node: Node, computing rows: [Int], axis: Int, inputs: [Shape?]) -> Node {
    guard axis == 1, group > 1, let weights = inputs.count > 1 ? inputs[1] : nil else { return node }
    var cut = node
    let rowsPerGroup = Swift.max(weights[0] / group, 1)
    cut.attributes["group"] = .integer(Set(rows.map { $0 / rowsPerGroup }).count)
    return cut
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let data = try identity.value(inputs, 0)
    let weights = try identity.tensor(inputs, 1)
    let bias = inputs.count > 2 ? inputs[2]?.asTensor.elements : nil
    let packed = try packed(weights: weights, bias: bias, input: data.shape)
    let output = try outputShapes(inputs.map { $0?.shape })[0]
    return [.samples(try identity.samples(inputs, 0).map { packed($0) }, shape: output)]
  }

  /// The convolution with its weights packed, for inputs of `input`.
  func packed(
    weights: Tensor, bias: [Float]?, input: Shape, activation: Activation = .none,
    storedAs type: WeightType = .float32, in store: WeightStore? = nil
  ) throws(NetworkError) -> PackedConvolution {
    let window = try windowAttributes.window(
      over: Array(input.dimensions[2...]), weightKernel: Array(weights.shape.dimensions[2...]))
    let flat: Shape = [weights.shape[0], weights.shape[1], window.kernelHeight, window.kernelWidth]
    return PackedConvolution(
      weights: weights.reshaped(to: flat), bias: bias, window: window, groups: group, activation: activation,
      storedAs: type, in: store)
  }

  func multiplyAccumulates(inputs: [Shape?], outputs: [Shape]) -> Int {
    guard inputs.count > 1, let weights = inputs[1], let output = outputs.first else { return 0 }
    // Each output element takes one weight vector of its channel: the weights but their first dimension.
    return cappedProduct(weights.dimensions[1...] + output.dimensions[0...])
  }
}

/// The product of dimensions that were checked one by one; at most `Int.max`.
func cappedProduct(_ factors: some Sequence<Int>) -> Int {
  var product = 1
  for factor in factors {
    let (next, overflow) = product.multipliedReportingOverflow(by: factor)
    if overflow { return .max }
    product = next
  }
  return product
}
