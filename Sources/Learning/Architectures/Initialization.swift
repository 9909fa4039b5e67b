import Tensors

/// How a parameter begins.
public enum Initialization: Hashable, Sendable {
  /// All the same number: 1 for scales, 0 for biases.
  case constant(Float)
  /// Normally distributed around 0.
  case normal(deviation: Float)
  /// Normally distributed around 0, without what lies more than two deviations away (Vision Transformers).
  case truncatedNormal(deviation: Float)
  /// Evenly spread in `-bound..<bound`.
  case uniform(bound: Float)

  /// Normally distributed with variance 2 / fan, which keeps the variance of what passes layers with ReLU: of values
  /// with the number of an output's inputs, of gradients with that of an input's outputs (He et al., 2015).
  static func he(fan: Int) -> Initialization { .normal(deviation: (2 / Float(max(fan, 1))).squareRoot()) }

  /// Normally distributed with variance 2 / (inputs + outputs) (Glorot and Bengio, 2010).
  static func xavier(inputs: Int, outputs: Int) -> Initialization {
    .normal(deviation: (2 / Float(max(inputs + outputs, 1))).squareRoot())
  }

  /// A parameter's first value; its name and the seed decide the random numbers, which are 0 without a seed.
  func tensor(_ shape: Shape, seed: UInt64?, name: String) -> Tensor {
    if case .constant(let value) = self { return Tensor(shape: shape, repeating: value) }
    guard let seed else { return Tensor(shape: shape, repeating: 0) }
    var generator = WeightGenerator(seed: seed, name: name)
    return Tensor(shape: shape, elements: (0..<shape.elementCount).map { _ in next(&generator) })
  }

  private func next(_ generator: inout WeightGenerator) -> Float {
    switch self {
    case .constant(let value): return value
    case .normal(let deviation): return Float(generator.nextNormal()) * deviation
    case .uniform(let bound): return Float(generator.nextUniform()) * bound
    case .truncatedNormal(let deviation):
      while true {
        let number = generator.nextNormal()
        if abs(number) <= 2 { return Float(number) * deviation }
      }
    }
  }
}
