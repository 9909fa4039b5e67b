import Tensors

/// A tensor of the shape that its input holds, all elements the attribute `value` (a number, or "true" or "false";
/// importing takes it out of ONNX's one-element tensor).
struct ConstantOfShape: Operator {
  let identity: NodeIdentity
  let shape: [Int]
  let value: Attribute

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    // An attribute of this name is no part of the operator.
    shape = try reader.integers("", orInput: 0) ?? []
    guard shape.allSatisfy({ $0 >= 0 }) else { throw reader.invalid("its shape is \(shape)") }
    value = node.attributes["value"] ?? .float(0)
    switch value {
    case .float, .integer, .string("true"), .string("false"): break
    default: throw reader.invalid("its value must be a number or a truth value")
    }
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] { [try identity.checked(Shape(shape))] }

  func takenTypes(at position: Int) -> Set<ElementType> { [.integer] }

  func outputTypes(_ inputs: [ElementType?]) -> [ElementType] {
    switch value {
    case .integer: [.integer]
    case .string: [.boolean]
    default: [.float]
    }
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? { nil }

  /// No dimensions at all are those of a scalar.
  var takesEmptyInputs: Bool { true }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let shape = try outputShapes([])[0]
    switch value {
    case .integer(let number):
      return [.integers(IntegerTensor(shape: shape, elements: [Int](repeating: number, count: shape.elementCount)))]
    case .float(let number): return [.tensor(Tensor(shape: shape, repeating: number))]
    default:
      let elements = [Int](repeating: value == .string("true") ? 1 : 0, count: shape.elementCount)
      return [.integers(IntegerTensor(shape: shape, elements: elements, isBoolean: true))]
    }
  }
}
