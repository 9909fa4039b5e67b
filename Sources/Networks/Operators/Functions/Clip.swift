import Tensors

/// min(maximum, max(minimum, x)). The bounds are attributes until opset 10, then constant inputs.
struct Clip: UnaryOperator {
  let identity: NodeIdentity
  let minimum: Float
  let maximum: Float

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...3)
    identity = reader.identity
    let limit = Float.greatestFiniteMagnitude
    let lower = try reader.scalar(atInput: 1, called: "minimum")
    let upper = try reader.scalar(atInput: 2, called: "maximum")
    minimum = if let lower { lower } else { try reader.float("min", default: -limit) }
    maximum = if let upper { upper } else { try reader.float("max", default: limit) }
  }

  func apply(_ x: Float) -> Float { Swift.min(maximum, Swift.max(minimum, x)) }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    if case .map(let map) = value { return [.map(map.applying(.clip(minimum: minimum, maximum: maximum)))] }
    return [.tensor(value.asTensor.mapped { apply($0, to: &$1) })]
  }
}
