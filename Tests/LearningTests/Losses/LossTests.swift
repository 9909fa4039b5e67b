import Foundation
import Networks
import Testing

@testable import Learning

@Suite struct LossTests {
  static let losses: [Loss] = [
    .crossEntropy(), .crossEntropy(smoothing: 0.1), .crossEntropy(smoothing: 0.7), .meanSquaredError,
    .distillation(temperature: 1), .distillation(temperature: 4), .distillation(temperature: 0.5), .featureTransfer,
  ]

  /// By the definition, in double precision.
  static func reference(_ loss: Loss, _ outputs: [Double], _ targets: [Double], samples: Int) -> Double {
    let width = outputs.count / samples
    func softmax(_ x: [Double], _ t: Double) -> [Double] {
      let largest = x.max() ?? 0
      let powers = x.map { exp(($0 - largest) / t) }
      return powers.map { $0 / powers.reduce(0, +) }
    }
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    return (0..<samples).reduce(0) { sum, sample in
      let y = Array(outputs[sample * width..<(sample + 1) * width])
      let target = Array(targets[sample * width..<(sample + 1) * width])
      let own: Double =
        switch loss {
        case .crossEntropy(let smoothing):
          -dot(
            target.map { $0 * (1 - Double(smoothing)) + Double(smoothing) / Double(width) },
            softmax(y, 1).map { log($0) }
          )
        case .meanSquaredError: dot(zip(y, target).map { $0 - $1 }, zip(y, target).map { $0 - $1 }) / Double(width)
        case .distillation(let temperature):
          Double(temperature * temperature)
            * zip(softmax(y, Double(temperature)), softmax(target, Double(temperature))).reduce(0) {
              $0 + $1.1 * log($1.1 / $1.0)
            }
        case .featureTransfer: 1 - dot(y, target) / (dot(y, y) * dot(target, target)).squareRoot()
        }
      return sum + own / Double(samples)
    }
  }

  /// Targets as the loss takes them.
  static func targets(_ loss: Loss, width: Int, samples: Int, _ generator: inout SeededGenerator) -> [Float] {
    guard case .crossEntropy = loss else { return (0..<width * samples).map { _ in 3 * generator.nextFloat() } }
    return (0..<samples).flatMap { _ in
      let shares = (0..<width).map { _ in Float.random(in: 0...1, using: &generator) }
      // Mixed labels are distributions, others have one class.
      if Bool.random(using: &generator) { return shares.map { $0 / shares.reduce(0, +) } }
      let label = Int.random(in: 0..<width, using: &generator)
      return (0..<width).map { $0 == label ? 1 : 0 }
    }
  }

  @Test(arguments: losses) func valueAndGradientFollowTheDefinition(_ loss: Loss) {
    for seed in 1...12 as ClosedRange<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let (samples, width) = (Int.random(in: 1...5, using: &generator), Int.random(in: 1...12, using: &generator))
      let outputs = (0..<samples * width).map { _ in 3 * generator.nextFloat() }
      let targets = Self.targets(loss, width: width, samples: samples, &generator)
      let (value, gradient) = loss(outputs, targets: targets, samples: samples)
      var doubles = outputs.map(Double.init)
      let fixed = targets.map(Double.init)
      let expected = Self.reference(loss, doubles, fixed, samples: samples)
      #expect(abs(value - expected) < 1e-6 * max(1, abs(expected)), "seed \(seed)")
      let scale = max(0.01, gradient.reduce(0) { max($0, abs($1)) })
      for index in outputs.indices {
        let step = 1e-6
        doubles[index] += step
        let above = Self.reference(loss, doubles, fixed, samples: samples)
        doubles[index] -= 2 * step
        let below = Self.reference(loss, doubles, fixed, samples: samples)
        doubles[index] += step
        let slope = (above - below) / (2 * step)
        #expect(abs(Double(gradient[index]) - slope) < 1e-5 * Double(scale), "seed \(seed), number \(index)")
      }
    }
  }

  @Test(arguments: losses) func largeNumbersStayFinite(_ loss: Loss) {
    var generator = SeededGenerator(seed: 7)
    for size in [1e4, 1e15] as [Float] {
      let outputs = (0..<40).map {
        $0 % 5 == 0 ? (generator.nextFloat() < 0 ? -size : size) : size * generator.nextFloat()
      }
      let targets = Self.targets(loss, width: 10, samples: 4, &generator)
      let (value, gradient) = loss(outputs, targets: targets, samples: 4)
      #expect(value.isFinite)
      #expect(gradient.allSatisfy { $0.isFinite })
    }
  }

  @Test(arguments: losses) func numbersThatAreNoneShow(_ loss: Loss) {
    var generator = SeededGenerator(seed: 8)
    let targets = Self.targets(loss, width: 3, samples: 2, &generator)
    for number in [Float.nan, .infinity, -.infinity] {
      let (value, _) = loss([1, number, 2, 0, 1, 2], targets: targets, samples: 2)
      #expect(!value.isFinite)
    }
  }

  @Test func alikeIsWithoutLoss() {
    let numbers: [Float] = [0.3, -2, 1.5, 4, 0.1, 1]
    for loss in [Loss.meanSquaredError, .distillation(temperature: 3), .featureTransfer] {
      let (value, gradient) = loss(numbers, targets: numbers, samples: 2)
      #expect(abs(value) < 1e-12)
      #expect(gradient.allSatisfy { abs($0) < 1e-7 })
    }
    // Only the direction counts.
    #expect(abs(Loss.featureTransfer(numbers.map { 5 * $0 }, targets: numbers, samples: 2).loss) < 1e-12)
    // Without a direction there is none to follow.
    let (value, gradient) = Loss.featureTransfer([0, 0, 0], targets: [1, 2, 3], samples: 1)
    #expect(value == 1)
    #expect(gradient == [0, 0, 0])
  }
}
