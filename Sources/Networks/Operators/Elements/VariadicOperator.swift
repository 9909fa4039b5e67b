import Tensors

/// What operators share that combine one or more operands of one type, from the first to the last.
protocol VariadicOperator: AlignedOperator {
  init(identity: NodeIdentity)
  static func combine(_ a: Float, _ b: Float) -> Float
  /// For integers; nil where the operator takes none.
  static var combineIntegers: (@Sendable (Int, Int) -> Int)? { get }
  /// What becomes of the combination of `count` operands.
  static func finish(_ x: Float, count: Int) -> Float
}

extension VariadicOperator {
  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...(.max))
    self.init(identity: reader.identity)
  }

  static var combineIntegers: (@Sendable (Int, Int) -> Int)? { nil }
  static func finish(_ x: Float, count: Int) -> Float { x }

  func takenTypes(at position: Int) -> Set<ElementType> { Self.combineIntegers == nil ? [.float] : .numbers }
  func outputTypes(_ inputs: [ElementType?]) throws(NetworkError) -> [ElementType] { [try identity.common(inputs)] }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let shape = try outputShapes(inputs.map { $0?.shape })[0]
    if case .integers = try identity.value(inputs, 0), let combine = Self.combineIntegers {
      var result = try identity.integers(inputs, 0).broadcast(to: shape)
      for position in inputs.indices.dropFirst() {
        let operand = try identity.integers(inputs, position).broadcast(to: shape)
        for index in result.indices { result[index] = combine(result[index], operand[index]) }
      }
      return [.integers(IntegerTensor(shape: shape, elements: result))]
    }
    var result = try identity.tensor(inputs, 0)
    for position in inputs.indices.dropFirst() {
      result = Tensor.combining(result, try identity.tensor(inputs, position)) { x, y in Self.combine(x, y) }
    }
    let count = inputs.count
    return [.tensor(result.map { Self.finish($0, count: count) })]
  }
}
