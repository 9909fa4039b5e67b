import Tensors

/// Transposed convolution over one or two spatial dimensions: each input element puts the kernel, times itself, at its
/// place in the output, where copies overlap they add up.
///
/// Inputs: data `[N, C, (H,) W]`, weights `[C, M / group, (kh,) kw]`, bias `[M]` or none. A row is an output channel.
struct ConvTranspose: Operator {
  let identity: NodeIdentity
  let windowAttributes: WindowAttributes
  let group: Int
  let outputPadding: [Int]?
  let outputShape: [Int]?

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 2...3)
    identity = reader.identity
    windowAttributes = try WindowAttributes(reader)
    group = try reader.integer("group", default: 1)
    guard group >= 1 else { throw reader.invalid("group is \(group)") }
    outputPadding = try reader.integers("output_padding")
    outputShape = try reader.integers("output_shape")
    let limit = NetworkLimits.maximumWindowExtent
    guard (outputPadding ?? []).allSatisfy({ $0 >= 0 && $0 <= limit }) else {
      throw reader.invalid("output_padding is \(outputPadding ?? []); each must lie in 0...\(limit)")
    }
  }

  /// The window with its leading pads, and the output's spatial extents.
  private func geometry(
    over spatial: [Int], kernel: [Int]
  ) throws(NetworkError) -> (extents: [WindowAttributes.Extent], output: [Int]) {
    // As declared; what `auto_pad` means differs here.
    var extents = try windowAttributes.declaredExtents(rank: spatial.count, weightKernel: kernel)
    let added = outputPadding ?? spatial.map { _ in 0 }
    let asked = outputShape.map { Array($0.suffix(spatial.count)) }
    guard added.count == spatial.count, asked?.count ?? spatial.count == spatial.count else {
      throw identity.invalid("output_padding and output_shape must be for \(spatial.count) spatial dimensions")
    }
    var output: [Int] = []
    for (index, input) in spatial.enumerated() {
      let extent = extents[index]
      let whole = extent.stride * (input - 1) + added[index] + (extent.kernel - 1) * extent.dilation + 1
      let isSame = windowAttributes.autoPad == .sameUpper || windowAttributes.autoPad == .sameLower
      if let wanted = asked?[index] ?? (isSame ? input * extent.stride : nil) {
        let total = Swift.max(whole - wanted, 0)
        extents[index].padBefore = windowAttributes.autoPad == .sameUpper ? total / 2 : total - total / 2
        output.append(wanted)
      } else {
        output.append(whole - extent.padBefore - extent.padAfter)
      }
      guard output[index] >= 1 else {
        throw identity.invalid("nothing of its output is left of an input of \(spatial)")
      }
    }
    let phases = cappedProduct(extents.map { Swift.min($0.kernel, $0.stride) })
    guard phases <= NetworkLimits.maximumPhases else {
      throw identity.invalid(
        "its strides and kernel make \(phases) phases; edgemesh computes at most \(NetworkLimits.maximumPhases)")
    }
    return (extents, output)
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.featureMap(try identity.shape(inputs, 0), spatialRanks: 1...2)
    let weights = try identity.shape(inputs, 1)
    guard weights.rank == input.rank, !weights.dimensions.contains(0) else {
      throw identity.invalid("its weights are \(weights) for an input of \(input)")
    }
    guard input[1] % group == 0, weights[0] == input[1] else {
      throw identity.invalid("weights \(weights) in \(group) groups do not fit an input of \(input)")
    }
    let channels = cappedProduct([weights[1], group])
    if inputs.count > 2, let bias = inputs[2], bias != [channels] {
      throw identity.invalid("its bias is \(bias) for \(channels) output channels")
    }
    let (_, output) = try geometry(
      over: Array(input.dimensions[2...]), kernel: Array(weights.dimensions[2...]))
    return [try identity.checked(Shape([input[0], channels] + output))]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    if axis == 0 { return .first(axis: 0, of: inputs) }
    guard axis == 1, inputs.count >= 2, let data = inputs[0], let weights = inputs[1] else { return nil }
    let dataRule: RowRule.Input
    let weightsRule: RowRule.Input
    if group == 1 {
      (dataRule, weightsRule) = (.whole, .rows(axis: 1, start: 0, step: 1))
    } else {
      let inputsPerGroup = data[1] / group
      dataRule = .group(axis: 1, rowsPerGroup: weights[1], inputsPerGroup: inputsPerGroup)
      weightsRule = .group(axis: 0, rowsPerGroup: weights[1], inputsPerGroup: inputsPerGroup)
    }
    let bias = RowRule.Input.rows(axis: 0, start: 0, step: 1)
    return RowRule(
      [dataRule, weightsRule] + inputs.dropFirst(2).map { $0 == nil ? .whole : bias }, computesWholeGroups: group > 1)
  }

  func node(_ node: Node, computing rows: [Int], axis: Int, inputs: [Shape?]) -> Node {
    guard axis == 1, group > 1, let weights = inputs.count > 1 ? inputs[1] : nil else { return node }
    var cut = node
    cut.attributes["group"] = .integer(Set(rows.map { $0 / Swift.max(weights[1], 1) }).count)
    return cut
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let data = try identity.value(inputs, 0)
    let weights = try identity.tensor(inputs, 1)
    let packed = try packed(
      weights: weights, bias: inputs.count > 2 ? inputs[2]?.asTensor.elements : nil, input: data.shape)
    let output = try outputShapes(inputs.map { $0?.shape })[0]
    return [.samples(try identity.samples(inputs, 0).map { packed($0) }, shape: output)]
  }

  /// The operator with its weights packed, for inputs of `input`.
  func packed(
    weights: Tensor, bias: [Float]?, input: Shape, activation: Activation = .none,
    storedAs type: WeightType = .float32, in store: WeightStore? = nil
  ) throws(NetworkError) -> PackedTransposedConvolution {
    let (extents, output) = try geometry(
      over: Array(input.dimensions[2...]), kernel: Array(weights.shape.dimensions[2...]))
    let window = Window(extents)
    return PackedTransposedConvolution(
      weights: weights.reshaped(
        to: [weights.shape[0], weights.shape[1], window.kernelHeight, window.kernelWidth]), bias: bias,
      window: window, groups: group, input: (input.rank == 4 ? input[2] : 1, input[input.rank - 1]),
      output: (output.count == 2 ? output[0] : 1, output[output.count - 1]), activation: activation, storedAs: type,
      in: store)
  }

  func multiplyAccumulates(inputs: [Shape?], outputs: [Shape]) -> Int {
    guard inputs.count > 1, let input = inputs[0], let weights = inputs[1] else { return 0 }
    // Each input element meets one kernel for each output channel of its group.
    return cappedProduct(input.dimensions + weights.dimensions[1...])
  }
}
