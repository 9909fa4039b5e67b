import Foundation
import Learning
import Networks
import Tensors

/// The gradients of a random weighting of a network's outputs, against central differences in double precision.
struct GradientCheck {
  /// The largest difference between gradients, as a share of the largest gradient of the same constant, or of a tenth of
  /// the largest of all: some are nothing but rounding (that by a shift before a normalisation).
  var worst = 0.0
  var worstName = ""
  /// The same between outputs.
  var worstOutput = 0.0
  var checked = 0
  /// Numbers that were left out because a function bends, or a maximum changes hands, right there.
  var bent = 0

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
      for (a, b) in zip(own, other) { worstOutput = Self.larger(abs(Double(a) - b) / scale, worstOutput) }
    }
    let middle = loss()
    let least = gradients.reduce(1e-2) { max($0, abs(Double($1))) } / 10
    for entry in run.layout.entries {
      guard let original = constants[entry.name] else { continue }
      let count = entry.range.count
      let chosen =
        count <= most ? Array(0..<count) : (0..<most).map { _ in Int.random(in: 0..<count, using: &generator) }
      let whole = gradients[entry.range].reduce(least) { max($0, abs(Double($1))) }
      for index in chosen {
        func moved(_ step: Double) -> Double {
          constants[entry.name]?[index] = original[index] + step
          defer { constants[entry.name]?[index] = original[index] }
          return loss()
        }
        let (wide, near) = (Slopes(1e-5, middle, moved), Slopes(5e-6, middle, moved))
        guard wide.agree(with: near, within: 1e-5 * whole) else {
          bent += 1
          continue
        }
        checked += 1
        let error = abs(Double(gradients[entry.range.lowerBound + index]) - wide.slope) / whole
        if !(error <= worst), !worst.isNaN { (worst, worstName) = (error, entry.name) }
      }
    }
  }

  /// NaN is larger than all.
  private static func larger(_ a: Double, _ b: Double) -> Double { a <= b || b.isNaN ? b : a }

  /// A function's differences on either side.
  private struct Slopes {
    let step: Double
    let slope: Double
    /// By how much the slope changes.
    let bend: Double

    init(_ step: Double, _ middle: Double, _ moved: (Double) -> Double) {
      let (above, below) = (moved(step), moved(-step))
      self.step = step
      slope = (above - below) / (2 * step)
      bend = (above - 2 * middle + below) / step
    }

    /// Whether both see the same smooth curve: where a function bends within a step, one of these differs.
    func agree(with other: Slopes, within tolerance: Double) -> Bool {
      abs(slope - other.slope) <= tolerance && abs(bend * other.step - other.bend * step) <= tolerance * step
    }
  }
}
