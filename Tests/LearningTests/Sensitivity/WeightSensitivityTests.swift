import Foundation
import Networks
import Tensors
import Testing

@testable import Learning

@Suite struct WeightSensitivityTests {
  /// One linear layer, of which the gradient is known: (p - target) x^T.
  private func layer() throws -> Network {
    var b = NetworkBuilder(name: "linear", input: [1, 5], seed: 2)
    let x = try b.linear("input", outputs: 3)
    return try b.finished(outputs: [x])
  }

  @Test(arguments: [true, false]) func isTheMeanOfWeightsTimesGradients(labelled: Bool) throws {
    let network = try layer()
    let node = network.nodes[0]
    guard case .float(let weights) = network.constants[node.inputs[1]],
      case .float(let bias) = network.constants[node.inputs[2]]
    else { throw LearningError.mismatch("no linear layer") }
    let isTransposed = weights.shape == [3, 5]
    var generator = SeededGenerator(seed: 9)
    let samples = (0..<7).map { index in
      (numbers: (0..<5).map { _ in generator.nextFloat() }, label: labelled ? index % 3 : nil as Int?)
    }
    var expected = [Double](repeating: 0, count: 15)
    var expectedBias = [Double](repeating: 0, count: 3)
    for (x, label) in samples {
      let logits = (0..<3).map { row in
        (0..<5).reduce(Double(bias[row])) {
          $0 + Double(weights[isTransposed ? row * 5 + $1 : $1 * 3 + row]) * Double(x[$1])
        }
      }
      let sum = logits.reduce(0) { $0 + exp($1) }
      let best = logits.indices.max { logits[$0] < logits[$1] } ?? 0
      for row in 0..<3 {
        let difference = exp(logits[row]) / sum - ((label ?? best) == row ? 1 : 0)
        expectedBias[row] += abs(difference * Double(bias[row])) / 7
        for column in 0..<5 {
          let index = isTransposed ? row * 5 + column : column * 3 + row
          expected[index] += abs(difference * Double(x[column]) * Double(weights[index])) / 7
        }
      }
    }
    let sensitivity = try WeightSensitivity(of: network, on: samples, threads: 1)
    #expect(sensitivity.sampleCount == 7)
    let scores = try #require(sensitivity.scores[node.inputs[1]])
    for (own, other) in zip(scores, expected) { #expect(abs(own - other) < 1e-5) }
    let biasScores = try #require(sensitivity.scores[node.inputs[2]])
    for (own, other) in zip(biasScores, expectedBias) { #expect(abs(own - other) < 1e-5) }
  }

  @Test func refusesWhatItCannotMeasure() throws {
    let network = try layer()
    let none: [(numbers: [Float], label: Int?)] = []
    #expect(throws: LearningError.self) { _ = try WeightSensitivity(of: network, on: none, threads: 1) }
    let wrong = [(numbers: [Float](repeating: 0, count: 5), label: 3 as Int?)]
    #expect(throws: LearningError.self) { _ = try WeightSensitivity(of: network, on: wrong, threads: 1) }
    let short = [(numbers: [Float](repeating: 0, count: 4), label: 1 as Int?)]
    #expect(throws: LearningError.self) { _ = try WeightSensitivity(of: network, on: short, threads: 1) }
    #expect(throws: LearningError.self) {
      _ = try WeightSensitivity(of: try TrainerTests.network(), on: short, threads: 1)
    }
  }

  @Test func endsWhenToldTo() throws {
    let samples = (0..<9).map { _ in (numbers: [Float](repeating: 0.5, count: 5), label: nil as Int?) }
    let sensitivity = try WeightSensitivity(of: try layer(), on: samples, threads: 1) { $0 < 4 }
    #expect(sensitivity.sampleCount == 4)
  }
}
