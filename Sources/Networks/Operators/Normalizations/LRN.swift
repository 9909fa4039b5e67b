import Tensors

/// Local response normalisation across channels (Krizhevsky, Sutskever and Hinton, 2012): x divided by
/// (bias + alpha / size * the sum of squares over `size` channels around)^beta.
struct LRN: Operator {
  let identity: NodeIdentity
  let size: Int
  let alpha: Float
  let beta: Float
  let bias: Float

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    guard let size = try reader.integer("size"), size >= 1, size <= NetworkLimits.maximumWindowExtent else {
      throw reader.invalid("its size must be given, 1 or more")
    }
    self.size = size
    alpha = try reader.float("alpha", default: 1e-4)
    beta = try reader.float("beta", default: 0.75)
    bias = try reader.float("bias", default: 1)
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    [
      try identity.featureMap(try identity.shape(inputs, 0), spatialRanks: 1...NetworkLimits.maximumRank - 2)
    ]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    // Channels look at their neighbours.
    axis == 1 ? nil : .first(axis: axis, of: inputs)
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    let shape = value.shape
    // Pixels are all alike: more spatial dimensions count as one.
    let flat = shape.rank <= 4 ? shape : Shape([shape[0], shape[1], cappedProduct(shape.dimensions[2...])])
    let maps = try identity.samples([value.reshaped(to: flat)], 0).map {
      $0.localResponseNormalized(size: size, alpha: alpha, beta: beta, bias: bias)
    }
    return [.samples(maps, shape: shape)]
  }
}

extension LRN: KernelOperator {
  func emit(_ node: Node, into emission: inout Emission) -> Bool {
    guard let layout = emission.layout(of: node.inputs[0], as: .map),
      let operand = emission.operand(node.inputs[0], as: .map)
    else { return false }
    emission.append(
      .normalizeResponse(size: size, alpha: alpha, beta: beta, bias: bias, layout), [operand],
      output: node.outputs[0], as: .map)
    return true
  }
}
