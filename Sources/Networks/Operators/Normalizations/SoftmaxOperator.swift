import Tensors

/// What operators share that set the elements along an axis against each other (Softmax, LogSoftmax, Hardmax). Until
/// opset 12 all dimensions from `axis` on count as one.
protocol SoftmaxOperator: Operator {
  var identity: NodeIdentity { get }
  var axis: Int { get }
  var flattens: Bool { get }
  init(identity: NodeIdentity, axis: Int, flattens: Bool)
  static func apply(to tensor: Tensor, axis: Int) -> Tensor
}

extension SoftmaxOperator {
  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    let flattens = reader.opset < 13
    self.init(
      identity: reader.identity, axis: try reader.integer("axis", default: flattens ? 1 : -1), flattens: flattens)
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

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let tensor = try identity.tensor(inputs, 0)
    let axis = try identity.axis(self.axis, rank: tensor.shape.rank)
    guard flattens else { return [.tensor(Self.apply(to: tensor, axis: axis))] }
    let rows = tensor.shape.dimensions[..<axis].reduce(1, *)
    let columns = tensor.shape.dimensions[axis...].reduce(1, *)
    return [.tensor(Self.apply(to: tensor.reshaped(to: [rows, columns]), axis: 1).reshaped(to: tensor.shape))]
  }
}
