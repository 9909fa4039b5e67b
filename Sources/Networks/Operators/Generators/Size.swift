import Tensors

/// The number of its input's elements.
struct Size: OperatorOfShape {
  let identity: NodeIdentity

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] { [[]] }

  func outputTypes(_ inputs: [ElementType?]) -> [ElementType] { [.integer] }

  func value(of shape: Shape) -> RuntimeValue {
    .integers(IntegerTensor(shape: [], elements: [cappedProduct(shape.dimensions)]))
  }
}
