import Tensors

/// Passes its input on: dropping is for training. Removed by `Network.simplified()` where nobody uses the mask, the
/// second output, which says that every element is kept.
struct Dropout: Operator {
  let identity: NodeIdentity
  let wantsMask: Bool

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...3, outputs: 1...2)
    identity = reader.identity
    wantsMask = reader.isWanted(output: 1)
    if let trains = try reader.scalar(atInput: 2, called: "training mode"), trains != 0,
      // Where nothing is dropped, training makes no difference.
      try reader.scalar(atInput: 1, called: "ratio") ?? 0.5 != 0
    {
      throw reader.invalid("is in training mode; export for inference")
    }
  }

  func takenTypes(at position: Int) -> Set<ElementType> { .all }

  func outputTypes(_ inputs: [ElementType?]) -> [ElementType] { .like(inputs) + [.boolean] }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    return wantsMask ? [input, input] : [input]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    wantsMask ? nil : .first(axis: axis, of: inputs)
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    guard wantsMask else { return [value] }
    let mask = [Int](repeating: 1, count: value.shape.elementCount)
    return [value, .integers(IntegerTensor(shape: value.shape, elements: mask, isBoolean: true))]
  }
}
