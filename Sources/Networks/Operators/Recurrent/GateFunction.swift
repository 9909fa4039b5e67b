import Glibc

/// A function that a recurrent operator applies to its gates, by ONNX's names.
enum GateFunction: Hashable, Sendable {
  case relu
  case tanh
  case sigmoid
  case affine(alpha: Float, beta: Float)
  case leakyRelu(alpha: Float)
  case thresholdedRelu(alpha: Float)
  case scaledTanh(alpha: Float, beta: Float)
  case hardSigmoid(alpha: Float, beta: Float)
  case elu(alpha: Float)
  case softsign
  case softplus

  /// The function called so (in any case), or nil. It takes its parameters from the front of the lists, and defaults
  /// where those have none left.
  init?(named name: String, alphas: inout ArraySlice<Float>, betas: inout ArraySlice<Float>) {
    func alpha(_ fallback: Float) -> Float { alphas.popFirst() ?? fallback }
    func beta(_ fallback: Float) -> Float { betas.popFirst() ?? fallback }
    switch name.lowercased() {
    case "relu": self = .relu
    case "tanh": self = .tanh
    case "sigmoid": self = .sigmoid
    case "affine": self = .affine(alpha: alpha(1), beta: beta(0))
    case "leakyrelu": self = .leakyRelu(alpha: alpha(0.01))
    case "thresholdedrelu": self = .thresholdedRelu(alpha: alpha(1))
    case "scaledtanh": self = .scaledTanh(alpha: alpha(1), beta: beta(1))
    case "hardsigmoid": self = .hardSigmoid(alpha: alpha(0.2), beta: beta(0.5))
    case "elu": self = .elu(alpha: alpha(1))
    case "softsign": self = .softsign
    case "softplus": self = .softplus
    default: return nil
    }
  }

  @inline(__always)
  func callAsFunction(_ x: Float) -> Float {
    switch self {
    case .relu: Swift.max(0, x)
    case .tanh: Glibc.tanh(x)
    case .sigmoid: 1 / (1 + exp(-x))
    case .affine(let alpha, let beta): alpha * x + beta
    case .leakyRelu(let alpha): x < 0 ? alpha * x : x
    case .thresholdedRelu(let alpha): x > alpha ? x : 0
    case .scaledTanh(let alpha, let beta): alpha * Glibc.tanh(beta * x)
    case .hardSigmoid(let alpha, let beta): Swift.max(0, Swift.min(1, alpha * x + beta))
    case .elu(let alpha): x < 0 ? alpha * expm1(x) : x
    case .softsign: x / (1 + abs(x))
    case .softplus: Softplus.value(x)
    }
  }
}
