import Tensors

/// max(0, x).
struct Relu: NumericUnaryOperator {
  let identity: NodeIdentity

  var activation: Activation? { .relu }

  func apply(_ x: Float) -> Float { Swift.max(0, x) }

  func apply(_ x: Int) -> Int? { Swift.max(0, x) }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    switch try identity.value(inputs, 0) {
    case .map(let map): return [.map(map.applying(.relu))]
    case .tensor(let tensor): return [.tensor(tensor.mapped { apply($0, to: &$1) })]
    case .integers(let tensor): return [.integers(try applied(to: tensor))]
    }
  }
}
