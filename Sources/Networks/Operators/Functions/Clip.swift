import Tensors

/// min(maximum, max(minimum, x)), of numbers or of integers. The bounds are attributes until opset 10, then constant inputs.
struct Clip: UnaryOperator {
  let identity: NodeIdentity
  let minimum: Float
  let maximum: Float
  /// The bounds where they are integers.
  let integerMinimum: Int
  let integerMaximum: Int

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...3)
    identity = reader.identity
    let limit = Float.greatestFiniteMagnitude
    integerMinimum = try reader.wholeNumber(atInput: 1, called: "minimum") ?? .min
    integerMaximum = try reader.wholeNumber(atInput: 2, called: "maximum") ?? .max
    let lower = try reader.scalar(atInput: 1, called: "minimum")
    let upper = try reader.scalar(atInput: 2, called: "maximum")
    minimum = if let lower { lower } else { try reader.float("min", default: -limit) }
    maximum = if let upper { upper } else { try reader.float("max", default: limit) }
  }

  var activation: Activation? { .clip(minimum: minimum, maximum: maximum) }

  func apply(_ x: Float) -> Float { Swift.min(maximum, Swift.max(minimum, x)) }

  func takenTypes(at position: Int) -> Set<ElementType> { .numbers }

  func outputTypes(_ inputs: [ElementType?]) throws(NetworkError) -> [ElementType] { [try identity.common(inputs)] }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    if case .map(let map) = value { return [.map(applied(to: map))] }
    if case .integers(let tensor) = value {
      let elements = tensor.elements.map { Swift.min(integerMaximum, Swift.max(integerMinimum, $0)) }
      return [.integers(IntegerTensor(shape: tensor.shape, elements: elements))]
    }
    return [.tensor(applied(to: value.asTensor))]
  }
}
