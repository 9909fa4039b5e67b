import Tensors

/// The elements of its second input where the first is true, of its third elsewhere.
struct Where: AlignedOperator {
  let identity: NodeIdentity

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 3...3)
    identity = reader.identity
  }

  func takenTypes(at position: Int) -> Set<ElementType> { position == 0 ? [.boolean] : .all }

  func outputTypes(_ inputs: [ElementType?]) throws(NetworkError) -> [ElementType] {
    [try identity.common(Array(inputs.dropFirst()))]
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let condition = try identity.integers(inputs, 0)
    let (x, y) = (try identity.value(inputs, 1), try identity.value(inputs, 2))
    let shape = try outputShapes(inputs.map { $0?.shape })[0]
    let choices = condition.broadcast(to: shape)
    if case .integers(let x) = x, case .integers(let y) = y {
      let (first, second) = (x.broadcast(to: shape), y.broadcast(to: shape))
      let elements = choices.indices.map { choices[$0] != 0 ? first[$0] : second[$0] }
      return [.integers(IntegerTensor(shape: shape, elements: elements, isBoolean: x.isBoolean))]
    }
    let first = x.asTensor.broadcasted(to: shape).elements
    let second = y.asTensor.broadcasted(to: shape).elements
    return [.tensor(Tensor(shape: shape, elements: choices.indices.map { choices[$0] != 0 ? first[$0] : second[$0] }))]
  }
}
