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
    [try identity.featureMap(try identity.shape(inputs, 0))]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    // Channels look at their neighbours.
    axis == 1 ? nil : .first(axis: axis, of: inputs)
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let shape = try identity.value(inputs, 0).shape
    let map = try identity.map(inputs, 0)
    return [
      .value(map.localResponseNormalized(size: size, alpha: alpha, beta: beta, bias: bias), shapedLike: shape)
    ]
  }
}
