import Networks
import Tensors
import Testing

@testable import Learning

@Suite struct RecurrenceTests {
  /// Training computes what the network computes in use.
  @Test(arguments: 1...12 as ClosedRange<UInt64>) func equalsTheNetworkInUse(seed: UInt64) throws {
    for (operatorType, gates, reset) in [("LSTM", 4, 0), ("GRU", 3, 0), ("GRU", 3, 1)] {
      var draw = NetworkDraw(seed: seed)
      let attributes: [String: Attribute] = gates == 3 ? ["linear_before_reset": .integer(reset)] : [:]
      let outputs = try OperatorCase.recurrence(&draw, operatorType, gates: gates, attributes)
      let network = try draw.builder.finished(outputs: outputs)
      let inputs = (0..<9).map { _ in draw.number(-1.0...1.0) }
      let run = try TrainingRun(network, samples: 3, threads: 2)
      let trained = run.forward([inputs])
      let prepared = try PreparedNetwork(network)
      for sample in 0..<3 {
        let results = try prepared.run(
          ["input": Tensor(shape: [1, 3], elements: Array(inputs[sample * 3..<(sample + 1) * 3]))])
        for (name, numbers) in zip(outputs, trained) {
          let expected = try #require(results[name]).elements
          let own = numbers[sample * expected.count..<(sample + 1) * expected.count]
          for (a, b) in zip(own, expected) { #expect(abs(a - b) < 1e-5, "\(operatorType), seed \(seed), \(name)") }
        }
      }
    }
  }

  /// The numbers go back to where they came from: the same node with the same constants.
  @Test(arguments: ["lstm", "gru"]) func anArchitectureLearns(name: String) throws {
    let architecture = try Architecture.named(name)
    let network = try architecture.network(input: [1, 1, 12, 10], classes: 3, seed: 4)
    let samples = 12
    var generator = SeededGenerator(seed: 9)
    var inputs = (0..<samples * 120).map { _ in generator.nextFloat() }
    var targets = [Float](repeating: 0, count: samples * 3)
    for sample in 0..<samples {
      targets[sample * 3 + sample % 3] = 1
      // A class shows early in the sequence.
      for row in 1...3 { inputs[sample * 120 + row * 10 + sample % 3] += 2 }
    }
    let run = try TrainingRun(network, samples: samples, threads: 2)
    let loss = Loss.crossEntropy()
    var losses: [Double] = []
    for step in 1...30 {
      let (value, gradient) = loss(run.forward([inputs])[0], targets: targets, samples: samples)
      losses.append(value)
      run.backward([gradient])
      run.update(
        WeightUpdate(
          rule: .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: step), rate: 3e-3, decay: 0, decayedCount: 0))
    }
    #expect(losses[0] > 0.9)
    #expect(losses[29] < 0.1 * losses[0], "\(losses)")

    let trained = run.trainedNetwork()
    #expect(trained.nodes == network.nodes)
    #expect(trained.constants.mapValues(\.shape) == network.constants.mapValues(\.shape))
    let prepared = try PreparedNetwork(trained)
    let outputs = run.forward([inputs])[0]
    for sample in 0..<samples {
      let picture = Tensor(shape: [1, 1, 12, 10], elements: Array(inputs[sample * 120..<(sample + 1) * 120]))
      let logits = try #require(try prepared.run(["input": picture])["logits"]).elements
      for (a, b) in zip(logits, outputs[sample * 3..<(sample + 1) * 3]) { #expect(abs(a - b) < 1e-4) }
    }
  }

  /// Any number of threads computes the same.
  @Test func threadsDoNotMatter() throws {
    var draw = NetworkDraw(seed: 5)
    let outputs = try OperatorCase.recurrence(&draw, "LSTM", gates: 4)
    let network = try draw.builder.finished(outputs: outputs)
    let inputs = (0..<21).map { _ in draw.number(-1.0...1.0) }
    let results = try (1...3).map { threads in
      let run = try TrainingRun(network, samples: 7, threads: threads)
      let outputs = run.forward([inputs])
      run.backward(outputs)
      return outputs + [run.gradients]
    }
    #expect(results[0] == results[1])
    #expect(results[0] == results[2])
  }

  @Test(
    arguments: [
      ["clip": .float(1)], ["input_forget": .integer(1)],
      ["activations": .strings(["HardSigmoid", "Tanh", "Tanh"])],
    ] as [[String: Attribute]]) func whatHasNoGradientIsRefused(attributes: [String: Attribute]) throws
  {
    var draw = NetworkDraw(seed: 1)
    let inputs = [
      try draw.value([2, 1, 3]), draw.builder.random([1, 8, 3], spread: 1), draw.builder.random([1, 8, 2], spread: 1),
    ]
    let output = try draw.add("LSTM", inputs, attributes)
    let network = try draw.builder.finished(outputs: [output])
    #expect {
      try TrainingRun(network, samples: 2, threads: 1)
    } throws: { error in
      guard case LearningError.untrainable(let node, "LSTM", let reason) = error else { return false }
      return node == network.nodes.last?.name && reason.contains("clip")
    }
  }
}
