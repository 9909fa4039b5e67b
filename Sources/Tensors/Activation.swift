import CKernels

/// The non-linearities that kernels apply while they store.
public enum Activation: Hashable, Sendable {
  case none
  /// max(x, 0)
  case relu
  /// min(max(x, minimum), maximum), ReLU6 for instance.
  case clip(minimum: Float, maximum: Float)

  var forKernels: ek_activation {
    let (minimum, maximum) = bounds
    return ek_activation(function: EK_CLAMP, a: minimum, b: maximum)
  }

  /// The bounds that results are clamped to: the upper one wins where they cross.
  var bounds: (minimum: Float, maximum: Float) {
    switch self {
    case .none: (-.infinity, .infinity)
    case .relu: (0, .infinity)
    case .clip(let minimum, let maximum): (minimum, maximum)
    }
  }
}
