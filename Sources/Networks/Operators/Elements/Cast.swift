import Tensors

/// Converts elements to another type. Floats become integers without their fraction, the nearest that the type has;
/// integers wrap around in narrower types; all but 0 is true. float16 and bfloat16 round to what they hold.
struct Cast: Operator {
  let identity: NodeIdentity
  let type: ONNXElementType

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    guard let type = try reader.elementType("to") else { throw reader.invalid("its target type is not given") }
    self.type = type
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] { [try identity.shape(inputs, 0)] }
  func takenTypes(at position: Int) -> Set<ElementType> { .all }
  func outputTypes(_ inputs: [ElementType?]) -> [ElementType] { [type.elementType] }
  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? { .first(axis: axis, of: inputs) }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    [try identity.value(inputs, 0).cast(to: type)]
  }
}

extension RuntimeValue {
  func cast(to type: ONNXElementType) -> RuntimeValue {
    guard type.isFloat else { return .integers(asIntegers(as: type)) }
    let isNarrow = type == .float16 || type == .bfloat16
    switch self {
    case .integers: return .tensor(isNarrow ? asTensor.map { type.rounded($0) } : asTensor)
    case .map(let map): return isNarrow ? .map(map.mapElements { type.rounded($0) }) : self
    case .tensor(let tensor): return isNarrow ? .tensor(tensor.map { type.rounded($0) }) : self
    }
  }

  /// The elements as integers or truth values of a type.
  func asIntegers(as type: ONNXElementType) -> IntegerTensor {
    let isBoolean = type == .bool
    let elements: [Int]
    if case .integers(let tensor) = self {
      elements = tensor.elements.map {
        isBoolean ? ($0 == 0 ? 0 : 1) : type.integer(bits: UInt64(bitPattern: Int64($0)))
      }
    } else {
      elements = asTensor.elements.map { isBoolean ? ($0 == 0 ? 0 : 1) : type.integer(truncating: $0) }
    }
    return IntegerTensor(shape: shape, elements: elements, isBoolean: isBoolean)
  }
}
