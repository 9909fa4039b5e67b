import Networks
import Tensors
import Testing

@testable import Learning

@Suite struct RecomputationTests {
  @Test(arguments: ["resnet20", "compact", "convnext-small", "vit-small", "mobilenetv2"])
  func givesTheSameBitsInLessMemory(_ name: String) throws {
    let network = try Architecture.named(name).network(input: [1, 3, 32, 32], classes: 10, seed: 1)
    let samples = 4
    var generator = SeededGenerator(seed: 3)
    let inputs = (0..<samples * 3 * 32 * 32).map { _ in generator.nextFloat() }
    let layout = ParameterLayout(network)
    func gradients(_ limit: Int) throws -> (bits: [UInt32], bytes: Int) {
      let run = try TrainingRun(network, samples: samples, threads: 2, memoryLimit: limit)
      let outputs = run.forward([inputs], seed: 4)
      run.backward([outputs[0].map { $0 * 0.1 }])
      return (run.gradients.map(\.bitPattern), run.byteCount)
    }
    let whole = try gradients(.max)
    var sizes: [Int] = []
    for level in Recomputation.levels {
      let graph = try TrainingGraph(
        network, samples: samples, layout: layout, recomputation: Recomputation(level: level))
      sizes.append(graph.program.valueBytes)
    }
    #expect(sizes[1] < sizes[0])
    let least = try #require(sizes.min())
    for limit in Set([sizes[1], least]) {
      let sparing = try gradients(limit)
      #expect(sparing.bits == whole.bits)
      #expect(sparing.bytes < whole.bytes)
    }
    let error = #expect(throws: LearningError.self) { _ = try gradients(least - 1) }
    #expect("\(String(describing: error))".contains("smaller batches"))
  }
}
