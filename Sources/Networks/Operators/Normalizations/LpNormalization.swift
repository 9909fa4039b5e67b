import Tensors

/// Divides by the norm along an axis, 1 or 2; lines of zeros stay.
struct LpNormalization: Operator {
  let identity: NodeIdentity
  let axis: Int
  let reduction: Tensor.Reduction

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    axis = try reader.integer("axis", default: -1)
    switch try Norm(reader).p {
    case 1: reduction = .l1
    case 2: reduction = .l2
    case let other: throw reader.invalid("p is \(other); it must be 1 or 2")
    }
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    _ = try identity.axis(axis, rank: input.rank)
    return [input]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let own = try? identity.axis(self.axis, rank: output.rank), axis != own else { return nil }
    return .first(axis: axis, of: inputs)
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let tensor = try identity.tensor(inputs, 0)
    let axis = try identity.axis(self.axis, rank: tensor.shape.rank)
    let norms = tensor.reduced(reduction, axes: [axis], keepDims: true)
    return [.tensor(Tensor.combining(tensor, norms.map { $0 == 0 ? 1 : $0 }, .divide))]
  }
}
