import Tensors

/// Two dimensions: those before `axis` and those from it on.
struct Flatten: ReshapeOperator {
  let identity: NodeIdentity
  let axis: Int

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    axis = try reader.integer("axis", default: 1)
  }

  func target(for input: Shape) throws(NetworkError) -> Shape {
    let axis = axis < 0 ? axis + input.rank : axis
    guard axis >= 0, axis <= input.rank else { throw identity.invalid("axis \(axis) for an input of \(input)") }
    return [cappedProduct(input.dimensions[..<axis]), cappedProduct(input.dimensions[axis...])]
  }
}
