import Foundation
import Learning
import Networks
import Tensors

/// The gradients of a random weighting of a network's outputs, against central differences in double precision.
struct GradientCheck {
  /// The largest difference between gradients, as a share of the largest gradient of the same constant.
  var worst = 0.0
  var worstName = ""
  /// The same between outputs.
  var worstOutput = 0.0
  var checked = 0

  /// - Parameter most: of each constant, so many numbers are checked.
  init(_ network: Network, samples: Int = 3, threads: Int = 2, seed: UInt64, most: Int = 24) throws {
    var generator = SeededGenerator(seed: seed)
    let run = try TrainingRun(network, samples: samples, threads: threads)
    let inputs = network.inputs.map { input in
      (0..<input.shape.elementCount * samples).map { _ in generator.nextFloat() }
    }
    let outputs = run.forward(inputs)
    let weights = outputs.map { $0.map { _ in generator.nextFloat() } }
    run.backward(weights)
    let gradients = run.gradients

    let reference = try DoubleReference(network)
    var constants: [String: [Double]] = [:]
    for entry in run.layout.entries {
      guard case .float(let tensor) = network.constants[entry.name] else { continue }
      constants[entry.name] = tensor.elements.map(Double.init)
    }
    let doubles = inputs.map { $0.map(Double.init) }
    func loss() -> Double {
      let result = reference(doubles, samples: samples, constants: constants).outputs
      return zip(result, weights).reduce(0) { $0 + zip($1.0, $1.1).reduce(0) { $0 + $1.0 * Double($1.1) } }
    }
    for (own, other) in zip(outputs, reference(doubles, samples: samples, constants: constants).outputs) {
      let scale = other.reduce(1e-3) { max($0, abs($1)) }
      for (a, b) in zip(own, other) { worstOutput = max(worstOutput, abs(Double(a) - b) / scale) }
    }
    for entry in run.layout.entries {
      guard let original = constants[entry.name] else { continue }
      let count = entry.range.count
      let chosen =
        count <= most ? Array(0..<count) : (0..<most).map { _ in Int.random(in: 0..<count, using: &generator) }
      var pairs: [(Double, Double)] = []
      for index in chosen {
        let step = 1e-5
        constants[entry.name]?[index] = original[index] + step
        let above = loss()
        constants[entry.name]?[index] = original[index] - step
        let below = loss()
        constants[entry.name]?[index] = original[index]
        pairs.append((Double(gradients[entry.range.lowerBound + index]), (above - below) / (2 * step)))
      }
      let whole = gradients[entry.range].reduce(1e-3) { max($0, abs(Double($1))) }
      for (own, other) in pairs {
        checked += 1
        let error = abs(own - other) / whole
        if !(error <= worst) { (worst, worstName) = (error, entry.name) }
      }
    }
  }
}
