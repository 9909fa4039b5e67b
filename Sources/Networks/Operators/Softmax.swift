import Tensors

/// e^x over the sum of e^x along an axis. Until opset 12 all dimensions from `axis` on count as one.
struct Softmax: Operator {
  let identity: NodeIdentity
  let axis: Int
  let flattens: Bool

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    flattens = reader.opset < 13
    axis = try reader.integer("axis", default: flattens ? 1 : -1)
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    _ = try identity.axis(axis, rank: input.rank)
    return [input]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let own = try? identity.axis(self.axis, rank: output.rank) else { return nil }
    let isApart = flattens ? axis < own : axis != own
    return isApart ? .first(axis: axis, of: inputs) : nil
  }

  func node(_ node: Node, computing rows: [Int], axis: Int, inputs: [Shape?]) -> Node { node }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let tensor = try identity.tensor(inputs, 0)
    let axis = try identity.axis(self.axis, rank: tensor.shape.rank)
    guard flattens else { return [.tensor(tensor.softmax(axis: axis))] }
    let rows = tensor.shape.dimensions[..<axis].reduce(1, *)
    let columns = tensor.shape.dimensions[axis...].reduce(1, *)
    return [.tensor(tensor.reshaped(to: [rows, columns]).softmax(axis: 1).reshaped(to: tensor.shape))]
  }
}
