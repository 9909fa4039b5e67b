import Glibc
import Tensors

/// x times the normal distribution's cumulative function at x, or its approximation by tanh (Hendrycks and Gimpel,
/// Gaussian Error Linear Units, 2016).
struct Gelu: UnaryOperator {
  let identity: NodeIdentity
  let approximates: Bool

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    switch try reader.string("approximate", default: "none") {
    case "none": approximates = false
    case "tanh": approximates = true
    case let other: throw reader.invalid("approximate is '\(other)'; it takes 'none' or 'tanh'")
    }
  }

  var activation: Activation? { approximates ? .geluTanh : .gelu }

  func apply(_ x: Float) -> Float {
    if approximates {
      let inner = 0.797_884_56 * (x + 0.044_715 * x * x * x)
      return 0.5 * x * (1 + tanh(inner))
    }
    return 0.5 * x * (1 + erf(x * 0.707_106_77))
  }
}
