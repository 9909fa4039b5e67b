import CKernels

/// The non-linearities that kernels apply while they store.
public enum Activation: Hashable, Sendable {
  case none
  /// max(x, 0)
  case relu
  /// min(max(x, minimum), maximum), ReLU6 for instance.
  case clip(minimum: Float, maximum: Float)
  /// x, or slope * x where x is negative
  case leakyRelu(slope: Float)
  /// x, or alpha * (e^x - 1) where x is negative
  case elu(alpha: Float)
  /// 1 / (1 + e^-x)
  case sigmoid
  /// x * sigmoid(x)
  case silu
  /// min(max(alpha * x + beta, 0), 1)
  case hardSigmoid(alpha: Float, beta: Float)
  /// x * min(max(x / 6 + 1 / 2, 0), 1)
  case hardSwish
  /// x times the normal distribution's cumulative function at x
  case gelu
  /// Its approximation by tanh.
  case geluTanh
  case tanh
  case exp
  case erf
  /// gamma * x, or gamma * alpha * (e^x - 1) where x is negative
  case selu(alpha: Float, gamma: Float)
  /// x, or alpha * (e^(x / alpha) - 1) where x is negative
  case celu(alpha: Float)
  /// x * sigmoid(rate * x)
  case swish(rate: Float)
  /// x * tanh(softplus(x))
  case mish
  /// log(1 + e^x)
  case softplus
  /// x / (1 + |x|)
  case softsign
  case log
  case squareRoot
  case reciprocal
  case magnitude
  case negation
  /// The largest integer that is not larger.
  case floor
  /// The smallest integer that is not smaller.
  case ceiling
  /// The nearest integer; of two, the even one.
  case rounding

  /// The kernels' form. A clamp's upper bound wins where the bounds cross.
  var forKernels: ek_activation {
    let (function, a, b): (ek_function, Float, Float) =
      switch self {
      case .none: (EK_CLAMP, -.infinity, .infinity)
      case .relu: (EK_CLAMP, 0, .infinity)
      case .clip(let minimum, let maximum): (EK_CLAMP, minimum, maximum)
      case .leakyRelu(let slope): (EK_LEAKY_RELU, slope, 0)
      case .elu(let alpha): (EK_ELU, alpha, 0)
      case .sigmoid: (EK_SIGMOID, 0, 0)
      case .silu: (EK_SILU, 0, 0)
      case .hardSigmoid(let alpha, let beta): (EK_HARD_SIGMOID, alpha, beta)
      case .hardSwish: (EK_HARD_SWISH, 0, 0)
      case .gelu: (EK_GELU, 0, 0)
      case .geluTanh: (EK_GELU_TANH, 0, 0)
      case .tanh: (EK_TANH, 0, 0)
      case .exp: (EK_EXP, 0, 0)
      case .erf: (EK_ERF, 0, 0)
      case .selu(let alpha, let gamma): (EK_SELU, alpha, gamma)
      case .celu(let alpha): (EK_CELU, alpha, 0)
      case .swish(let rate): (EK_SWISH, rate, 0)
      case .mish: (EK_MISH, 0, 0)
      case .softplus: (EK_SOFTPLUS, 0, 0)
      case .softsign: (EK_SOFTSIGN, 0, 0)
      case .log: (EK_LOG, 0, 0)
      case .squareRoot: (EK_SQRT, 0, 0)
      case .reciprocal: (EK_RECIPROCAL, 0, 0)
      case .magnitude: (EK_ABS, 0, 0)
      case .negation: (EK_NEGATE, 0, 0)
      case .floor: (EK_FLOOR, 0, 0)
      case .ceiling: (EK_CEILING, 0, 0)
      case .rounding: (EK_ROUND, 0, 0)
      }
    return ek_activation(function: function, a: a, b: b)
  }
}
