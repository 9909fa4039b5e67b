import Tensors

/// What operators share that compare two operands element by element: truth values of numbers.
protocol ComparisonOperator: AlignedOperator {
  init(identity: NodeIdentity)
  static func compare<Element: Comparable>(_ a: Element, _ b: Element) -> Bool
  static var operandTypes: Set<ElementType> { get }
}

extension ComparisonOperator {
  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 2...2)
    self.init(identity: reader.identity)
  }

  static var operandTypes: Set<ElementType> { .numbers }

  func takenTypes(at position: Int) -> Set<ElementType> { Self.operandTypes }

  func outputTypes(_ inputs: [ElementType?]) throws(NetworkError) -> [ElementType] {
    _ = try identity.common(inputs)
    return [.boolean]
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let (a, b) = (try identity.value(inputs, 0), try identity.value(inputs, 1))
    let shape = try outputShapes([a.shape, b.shape])[0]
    let elements: [Int]
    if case .integers(let a) = a, case .integers(let b) = b {
      elements = zip(a.broadcast(to: shape), b.broadcast(to: shape)).map { Self.compare($0, $1) ? 1 : 0 }
    } else {
      let (x, y) = (a.asTensor.broadcasted(to: shape), b.asTensor.broadcasted(to: shape))
      elements = zip(x.elements, y.elements).map { Self.compare($0, $1) ? 1 : 0 }
    }
    return [.integers(IntegerTensor(shape: shape, elements: elements, isBoolean: true))]
  }
}
