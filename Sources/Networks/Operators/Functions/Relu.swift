import Tensors

/// max(0, x).
struct Relu: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { Swift.max(0, x) }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    if case .map(let map) = value { return [.map(map.applying(.relu))] }
    return [.tensor(value.asTensor.map(apply))]
  }
}
