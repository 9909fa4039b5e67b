import Networks
import Tensors
import Testing

@testable import Learning

@Suite struct StatisticsTests {
  /// Two layers with normalisation; each constant of 0 or 1 called as told.
  private func network(zeros: [String], ones: [String]) throws -> Network {
    var b = NetworkBuilder(name: "n", input: [1, 2, 4, 4], seed: 5)
    for name in zeros { b.define(.float(Tensor(shape: [6], elements: [Float](repeating: 0, count: 6))), named: name) }
    for name in ones { b.define(.float(Tensor(shape: [6], elements: [Float](repeating: 1, count: 6))), named: name) }
    var x = "input"
    for layer in 0..<2 {
      x = try b.convolution(x, channels: 6, kernel: 3)
      x = try b.add(
        "BatchNormalization", [x, ones[2 * layer], zeros[2 * layer], zeros[2 * layer + 1], ones[2 * layer + 1]])
      x = try b.add("Relu", [x])
    }
    x = try b.classifier(x, classes: 3)
    return try b.finished(outputs: [x])
  }

  /// A network whose exporter wrote equal constants once is trained as if each were there by itself.
  @Test func equalConstantsAreTrainedApart() throws {
    var generator = SeededGenerator(seed: 2)
    let inputs = (0..<4 * 32).map { _ in generator.nextFloat() }
    let picture = Tensor(shape: [1, 2, 4, 4], elements: Array(inputs[..<32]))
    let networks = [
      try network(
        zeros: ["shift0", "mean0", "shift1", "mean1"], ones: ["scale0", "variance0", "scale1", "variance1"]),
      try network(zeros: [String](repeating: "zeros", count: 4), ones: [String](repeating: "ones", count: 4)),
    ]
    var results: [[Float]] = []
    for network in networks {
      let run = try TrainingRun(network, samples: 4, threads: 1)
      for _ in 0..<3 {
        run.backward(run.forward([inputs]))
        run.update(WeightUpdate(rule: .sgd(momentum: 0.9, nesterov: true), rate: 0.05, decay: 0, decayedCount: 0))
      }
      #expect(run.layout.statisticsCount == 24)
      let trained = try run.trainedNetwork().validated()
      results.append(try #require(try PreparedNetwork(trained).run(["input": picture]).values.first).elements)
    }
    #expect(results[0] == results[1])
    #expect(results[0].allSatisfy { $0.isFinite && $0 != 0 })
  }

  @Test func whatIsCommonToWeightsAloneStays() throws {
    let network = try network(
      zeros: ["shift", "mean0", "shift", "mean1"], ones: ["scale", "variance0", "scale", "variance1"])
    let run = try TrainingRun(network, samples: 2, threads: 1)
    #expect(run.network.nodes == network.nodes)
    #expect(run.layout.entries.filter { $0.name == "scale" }.count == 1)
  }

  @Test func whatIsFrozenStaysSoInItsCopies() throws {
    let network = try network(
      zeros: ["shift0", "mean0", "shift1", "mean1"], ones: [String](repeating: "ones", count: 4))
    let run = try TrainingRun(network, samples: 2, threads: 1, frozen: ["ones"])
    #expect(run.layout.entries.allSatisfy { !$0.name.contains("ones") })
    #expect(run.layout.statistics.map(\.name) == ["mean0", "mean1"])
  }
}
