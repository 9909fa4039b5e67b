import Tensors

/// Divides all elements from `axis` on by the root of their mean square, then scales each (Zhang and Sennrich, 2019).
/// Inputs: data, scale.
struct RMSNormalization: Operator {
  let identity: NodeIdentity
  let axis: Int
  let epsilon: Float

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 2...2)
    identity = reader.identity
    axis = try reader.integer("axis", default: -1)
    epsilon = try reader.float("epsilon", default: 1e-5)
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    let axis = try identity.axis(self.axis, rank: input.rank)
    try identity.checkParameters([inputs[1]], fit: Shape(Array(input.dimensions[axis...])), of: input)
    return [input]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let own = try? identity.axis(self.axis, rank: output.rank), axis < own else { return nil }
    return .first(axis: axis, of: inputs)
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let tensor = try identity.tensor(inputs, 0)
    let axis = try identity.axis(self.axis, rank: tensor.shape.rank)
    let normalized = Shape(Array(tensor.shape.dimensions[axis...]))
    let scale = try identity.tensor(inputs, 1).broadcasted(to: normalized)
    return [
      .tensor(
        tensor.normalized(
          runs: normalized.elementCount, epsilon: epsilon, centring: false, scale: scale, shift: nil
        ).tensor)
    ]
  }
}
