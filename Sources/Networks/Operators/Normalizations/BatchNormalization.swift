import Tensors

/// (x - mean) / sqrt(variance + epsilon) * scale + shift, one of each a channel (Ioffe and Szegedy, 2015), as after
/// training. Inputs: data `[N, C, ...]`, then scale, shift, mean and variance, each `[C]`.
struct BatchNormalization: Operator {
  let identity: NodeIdentity
  let epsilon: Float
  /// What training keeps of the running statistics at each step.
  let momentum: Float

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    // What it names besides of outputs is for training: the graph's validation knows only outputs that exist.
    try reader.require(inputs: 5...5, outputs: 1...5)
    identity = reader.identity
    epsilon = try reader.float("epsilon", default: 1e-5)
    momentum = try reader.float("momentum", default: 0.9)
    guard try !reader.flag("training_mode") else { throw reader.invalid("is in training mode; export for inference") }
    guard try reader.integer("spatial", default: 1) == 1 else { throw reader.invalid("spatial = 0 is not supported") }
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    guard input.rank >= 2 else { throw identity.invalid("its input is \(input); it takes NxCx...") }
    for position in 1...4 {
      let parameter = try identity.shape(inputs, position)
      guard parameter == [input[1]] else {
        throw identity.invalid("its parameter \(position) is \(parameter) for an input of \(input)")
      }
    }
    return [input]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    let parameter: RowRule.Input = axis == 1 ? .rows(axis: 0, start: 0, step: 1) : .whole
    return RowRule(inputs.indices.map { $0 == 0 ? .rows(axis: axis, start: 0, step: 1) : parameter })
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    var parameters: [Tensor] = []
    for position in 1...4 { parameters.append(try identity.tensor(inputs, position)) }
    let (scale, shift) = affine(
      scale: parameters[0], shift: parameters[1], mean: parameters[2], variance: parameters[3])
    let value = try identity.value(inputs, 0)
    if value.shape.rank == 4, let map = value.asMap { return [.map(map.scaled(by: scale, shift: shift))] }
    let perChannel = Shape([scale.count] + [Int](repeating: 1, count: value.shape.rank - 2))
    let scaled = Tensor.combining(value.asTensor, Tensor(shape: perChannel, elements: scale), .multiply)
    return [.tensor(Tensor.combining(scaled, Tensor(shape: perChannel, elements: shift), .add))]
  }

  /// The same as `x * scale + shift`, one of each a channel.
  func affine(scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor) -> (scale: [Float], shift: [Float]) {
    var factors: [Float] = []
    var terms: [Float] = []
    for channel in 0..<scale.count {
      // In double precision, so that folding it into a convolution loses nothing more.
      let factor = Double(scale[channel]) / (Double(variance[channel]) + Double(epsilon)).squareRoot()
      factors.append(Float(factor))
      terms.append(Float(Double(shift[channel]) - Double(mean[channel]) * factor))
    }
    return (factors, terms)
  }
}

extension BatchNormalization: KernelOperator {
  func emit(_ node: Node, into emission: inout Emission) -> Bool {
    let parameters = node.inputs.dropFirst().compactMap { emission.floats($0) }
    guard parameters.count == 4, let layout = emission.layout(of: node.inputs[0], as: .map),
      let operand = emission.operand(node.inputs[0], as: .map)
    else { return false }
    let (scale, shift) = affine(
      scale: parameters[0], shift: parameters[1], mean: parameters[2], variance: parameters[3])
    emission.append(.scale(scale, shift: shift, .none, layout), [operand], output: node.outputs[0], as: .map)
    return true
  }
}
