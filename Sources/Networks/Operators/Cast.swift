import Tensors

/// Converts between numbers and integers. All floating-point types are single precision here, all others integers.
struct Cast: UnaryOperator {
  let identity: NodeIdentity
  let type: ONNXElementType

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    let number = try reader.integer("to", default: 0)
    guard let type = ONNXElementType(rawValue: number) else {
      throw reader.invalid("its target type \(number) is not supported")
    }
    self.type = type
  }

  func takenTypes(at position: Int) -> Set<ElementType> { .all }
  func outputTypes(_ inputs: [ElementType?]) -> [ElementType] { [type.elementType] }

  func apply(_ x: Float) -> Float { x }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    if type.isFloat {
      if case .integers = value { return [.tensor(value.asTensor)] }
      return [value]
    }
    let elements: [Int]
    switch value {
    case .integers(let tensor): elements = tensor.elements
    case .map, .tensor:
      var converted: [Int] = []
      for number in value.asTensor.elements {
        if type == .bool {
          converted.append(number == 0 ? 0 : 1)
          continue
        }
        guard let integer = Int(exactly: number.rounded(.towardZero)) else {
          throw identity.invalid("\(number) is no integer")
        }
        converted.append(integer)
      }
      elements = converted
    }
    return [
      .integers(
        IntegerTensor(
          shape: value.shape, elements: type == .bool ? elements.map { $0 == 0 ? 0 : 1 } : elements,
          isBoolean: type == .bool))
    ]
  }
}
