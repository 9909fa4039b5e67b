import Tensors

/// What operators share that combine two truth values, element by element.
protocol LogicalOperator: AlignedOperator {
  init(identity: NodeIdentity)
  /// Of 0 and 1 to 0 or 1.
  static func combine(_ a: Int, _ b: Int) -> Int
}

extension LogicalOperator {
  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 2...2)
    self.init(identity: reader.identity)
  }

  func takenTypes(at position: Int) -> Set<ElementType> { [.boolean] }
  func outputTypes(_ inputs: [ElementType?]) -> [ElementType] { [.boolean] }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let (a, b) = (try identity.integers(inputs, 0), try identity.integers(inputs, 1))
    let shape = try outputShapes([a.shape, b.shape])[0]
    let elements = zip(a.broadcast(to: shape), b.broadcast(to: shape)).map { Self.combine($0, $1) }
    return [.integers(IntegerTensor(shape: shape, elements: elements, isBoolean: true))]
  }
}
