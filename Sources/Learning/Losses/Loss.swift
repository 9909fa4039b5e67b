import Glibc

/// How far outputs are from their targets, as a mean over the samples of a batch.
public enum Loss: Hashable, Sendable {
  /// Of logits against a distribution over the classes; `smoothing` of it is spread evenly (Szegedy et al., 2016).
  case crossEntropy(smoothing: Float = 0)
  /// Of all numbers.
  case meanSquaredError
  /// Of logits against another network's, both softened: temperature^2 times the Kullback-Leibler divergence (Hinton,
  /// Vinyals and Dean, 2015).
  case distillation(temperature: Float)
  /// Between features, each sample's of length 1: 1 - cosine (attention and feature transfer; Zagoruyko and Komodakis,
  /// 2017, use the square of the difference, which is twice that).
  case featureTransfer

  /// The loss, and its gradient by the outputs.
  ///
  /// - Parameters:
  ///   - outputs: of `samples` samples, one after the other.
  ///   - targets: as many: distributions, numbers, the other network's logits or features.
  public func callAsFunction(
    _ outputs: [Float], targets: [Float], samples: Int
  ) -> (loss: Double, gradient: [Float]) {
    precondition(outputs.count == targets.count && samples > 0 && outputs.count % samples == 0)
    let width = outputs.count / samples
    var gradient = [Float](repeating: 0, count: outputs.count)
    var total = 0.0
    switch self {
    case .crossEntropy(let smoothing):
      for row in 0..<samples {
        let range = row * width..<(row + 1) * width
        let logs = Self.logSoftmax(outputs[range], temperature: 1)
        for (column, index) in range.enumerated() {
          let target =
            Double(targets[index]) * (1 - Double(smoothing)) + Double(smoothing) / Double(width)
          total -= target * logs[column]
          gradient[index] = Float((exp(logs[column]) - target) / Double(samples))
        }
      }
    case .meanSquaredError:
      for index in outputs.indices {
        let difference = Double(outputs[index]) - Double(targets[index])
        total += difference * difference / Double(width)
        gradient[index] = Float(2 * difference / Double(outputs.count))
      }
    case .distillation(let temperature):
      let t = Double(temperature)
      for row in 0..<samples {
        let range = row * width..<(row + 1) * width
        let own = Self.logSoftmax(outputs[range], temperature: t)
        let other = Self.logSoftmax(targets[range], temperature: t)
        for (column, index) in range.enumerated() {
          total += t * t * exp(other[column]) * (other[column] - own[column])
          gradient[index] = Float(t * (exp(own[column]) - exp(other[column])) / Double(samples))
        }
      }
    case .featureTransfer:
      for row in 0..<samples {
        let range = row * width..<(row + 1) * width
        let (own, other) = (Self.length(outputs[range]), Self.length(targets[range]))
        if own == 0 || other == 0 {
          total += 1
          continue
        }
        let cosine = range.reduce(0.0) { $0 + Double(outputs[$1]) * Double(targets[$1]) } / (own * other)
        total += 1 - cosine
        for index in range {
          let unit = Double(outputs[index]) / own
          gradient[index] = Float((cosine * unit - Double(targets[index]) / other) / own / Double(samples))
        }
      }
    }
    return (total / Double(samples), gradient)
  }

  private static func length(_ numbers: ArraySlice<Float>) -> Double {
    numbers.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  static func logSoftmax(_ logits: ArraySlice<Float>, temperature: Double) -> [Double] {
    let scaled = logits.map { Double($0) / temperature }
    let largest = scaled.max() ?? 0
    let sum = log(scaled.reduce(0) { $0 + exp($1 - largest) })
    return scaled.map { $0 - largest - sum }
  }
}
