import Tensors

/// A matrix shaped like its input: ones on the `k`-th diagonal above the main one, zeros elsewhere.
struct EyeLike: OperatorOfShape {
  let identity: NodeIdentity
  let diagonal: Int
  /// Nil: the input's.
  let type: ElementType?

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    diagonal = try reader.integer("k", default: 0)
    type = try reader.elementType("dtype")?.elementType
  }

  var needsShapeOnly: Bool { type != nil }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    guard input.rank == 2 else { throw identity.invalid("its input is \(input); it takes a matrix") }
    return [input]
  }

  func outputTypes(_ inputs: [ElementType?]) -> [ElementType] { type.map { [$0] } ?? .like(inputs) }

  func value(of shape: Shape) throws(NetworkError) -> RuntimeValue { value(of: shape, type ?? .float) }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let input = try identity.value(inputs, 0)
    return [value(of: try outputShapes([input.shape])[0], type ?? input.elementType)]
  }

  private func value(of shape: Shape, _ type: ElementType) -> RuntimeValue {
    var elements = [Int](repeating: 0, count: shape.elementCount)
    for row in 0..<shape[0] where row + diagonal >= 0 && row + diagonal < shape[1] {
      elements[row * shape[1] + row + diagonal] = 1
    }
    let tensor = IntegerTensor(shape: shape, elements: elements, isBoolean: type == .boolean)
    return type == .float ? .tensor(RuntimeValue.integers(tensor).asTensor) : .integers(tensor)
  }
}
