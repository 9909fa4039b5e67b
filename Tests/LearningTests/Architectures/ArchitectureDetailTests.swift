import Networks
import Tensors
import Testing

@testable import Learning

@Suite struct ArchitectureDetailTests {
  @Test func theSameSeedGivesTheSameBytes() throws {
    for name in ["resnet20", "lenet", "gru"] {
      let architecture = try Architecture.named(name)
      let one = try architecture.network(input: [1, 3, 32, 32], classes: 10, seed: 5).exported()
      #expect(try architecture.network(input: [1, 3, 32, 32], classes: 10, seed: 5).exported() == one)
      #expect(try architecture.network(input: [1, 3, 32, 32], classes: 10, seed: 6).exported() != one)
    }
  }

  @Test func aParameterDependsOnItsNameAndTheSeedAlone() throws {
    let small = try Architecture.named("resnet20").network(input: [1, 3, 32, 32], classes: 10, seed: 7)
    let large = try Architecture.named("resnet32").network(input: [1, 3, 48, 48], classes: 100, seed: 7)
    let name = "stage2.block1.conv1.weight"
    guard case .float(let one) = small.constants[name], case .float(let two) = large.constants[name] else {
      Issue.record("there is no \(name)")
      return
    }
    #expect(one.elements == two.elements)
  }

  @Test func nodesAreNamedAfterWhereTheyStand() throws {
    let network = try Architecture.named("compact").network(
      input: [1, 3, 32, 32], classes: 10, seed: 1,
      normalization: InputNormalization(mean: [0.1, 0.2, 0.3], deviation: [0.5, 0.25, 0.125]))
    let names = network.nodes.map(\.name)
    #expect(names.prefix(3) == ["input.mean", "input.scale", "conv1"])
    #expect(names.contains("stage2.block1.shortcut.slice"))
    for exit in 1...3 {
      let node = try #require(network.nodes.first { $0.name == "exit\(exit)" })
      #expect(node.inputs == ["stage\(exit).block1.add"])
    }
    #expect(network.constants.values.reduce(0) { $0 + 4 * $1.shape.elementCount } < 1_500_000)
    for (name, shape) in try network.inferredShapes() where network.nodes.contains(where: { $0.name == name }) {
      guard shape.rank == 4, !name.hasPrefix("input") else { continue }
      #expect(shape[1] % 16 == 0, "\(name)")
    }
  }

  @Test func theInputIsNormalizedByChannel() throws {
    let normalization = InputNormalization(mean: [0.25, 0.5, 0], deviation: [0.5, 0.25, 2])
    var network = try Architecture.named("lenet").network(
      input: [1, 3, 12, 12], classes: 2, seed: 1, normalization: normalization)
    network.outputs = [ValueDescription(name: "input.scale", shape: [1, 3, 12, 12])]
    let picture = Tensor(shape: [1, 3, 12, 12], repeating: 0.75)
    let found = try #require(try PreparedNetwork(network).run(["input": picture])["input.scale"])
    for (channel, expected) in zip(0..., [1, 1, 0.375] as [Float]) { #expect(found[channel * 144] == expected) }
  }

  /// Each shortcut hands on what is there at every second pixel, and nothing in the channels that are new.
  @Test func aShortcutWithoutParametersSkipsPixelsAndAppendsChannels() throws {
    var network = try Architecture.named("resnet20").network(input: [1, 3, 10, 11], classes: 2, seed: 4)
    let names = ["stage1.block3.relu2", "stage2.block1.shortcut.pad"]
    let shapes = try network.inferredShapes()
    network.outputs = names.map { ValueDescription(name: $0, shape: shapes[$0] ?? []) }
    let picture = ArchitectureTests.picture([1, 3, 10, 11], seed: 1)
    let values = try PreparedNetwork(network).run(["input": picture])
    let (from, to) = (try #require(values[names[0]]), try #require(values[names[1]]))
    #expect(to.shape == [1, 32, 5, 6])
    for channel in 0..<32 {
      for y in 0..<5 {
        for x in 0..<6 {
          let expected = channel < 16 ? from[(channel * 10 + 2 * y) * 11 + 2 * x] : 0
          #expect(to[(channel * 5 + y) * 6 + x] == expected)
        }
      }
    }
  }

  @Test func aChainHasAnyNumberOfBlocks() throws {
    for blocks in [1, 3, 12, 99] {
      let network = try Architecture.named("chain-\(blocks)").network(input: [1, 1, 28, 28], classes: 10, seed: nil)
      #expect(network.nodes.filter { $0.operatorType == "Add" }.count == blocks)
    }
    for name in ["chain-0", "chain--1", "chain-100", "chain-", "chain-x", "chain-99999999999999999999"] {
      #expect(throws: LearningError.self) { try Architecture.named(name) }
    }
  }

  /// The pass that puts activations together knows ours; what is attention, normalisation and the like stays.
  @Test func activationsInPiecesBecomeOne() throws {
    for (name, count) in [("convnext-small", 9), ("vit-small", 6)] {
      let network = try Architecture.named(name).network(input: [1, 3, 32, 32], classes: 10, seed: nil).simplified()
      #expect(network.nodes.filter { $0.operatorType == "Gelu" }.count == count)
      #expect(!network.nodes.contains { $0.operatorType == "Erf" })
    }
  }

  @Test func withoutASeedWeightsAreZero() throws {
    let network = try Architecture.named("lenet").network(input: [1, 1, 28, 28], classes: 10, seed: nil)
    guard case .float(let weights) = network.constants["conv1.weight"] else {
      Issue.record("there is no conv1.weight")
      return
    }
    #expect(weights.elements == [Float](repeating: 0, count: 150))
  }

  @Test func anUnknownNameIsAnsweredWithThoseThatThereAre() {
    #expect {
      try Architecture.named("resnet21")
    } throws: { error in
      guard case .unknownArchitecture("resnet21", let known)? = error as? LearningError else { return false }
      return Set(Architecture.all.map(\.name)).subtracting(["chain-8"]).isSubset(of: known)
    }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let architecture = try Architecture.named("compact")
    let shapes: [Shape] = [
      [3, 32, 32], [2, 3, 32, 32], [1, 0, 32, 32], [1, 3, 8, 32], [1, 3, 32, 1 << 40], [1, 1 << 40, 32, 32],
    ]
    for shape in shapes {
      #expect(throws: LearningError.self, "\(shape)") { try architecture.network(input: shape, classes: 10, seed: 1) }
    }
    for classes in [0, -1, 1 << 40] {
      #expect(throws: LearningError.self) {
        try architecture.network(input: [1, 3, 32, 32], classes: classes, seed: 1)
      }
    }
    let wrong: [InputNormalization] = [
      .init(mean: [0], deviation: [1]), .init(mean: [0, 0, 0], deviation: [1, 1]),
      .init(mean: [0, 0, .nan], deviation: [1, 1, 1]), .init(mean: [0, 0, 0], deviation: [1, 0, 1]),
      .init(mean: [0, 0, 0], deviation: [1, -1, 1]), .init(mean: [0, 0, 0], deviation: [1, .infinity, 1]),
    ]
    for normalization in wrong {
      #expect(throws: LearningError.self, "\(normalization)") {
        try architecture.network(input: [1, 3, 32, 32], classes: 10, seed: 1, normalization: normalization)
      }
    }
  }

  /// At its smallest extent every architecture builds; one less it refuses with words of its own.
  @Test func theSmallestPictureIsAsStated() throws {
    for architecture in Architecture.all {
      let extent = architecture.minimumExtent
      let network = try architecture.network(input: [1, 2, extent, extent], classes: 3, seed: nil)
      #expect(network.outputs[0].shape == [1, 3], "\(architecture.name)")
      #expect(throws: LearningError.self) {
        try architecture.network(input: [1, 2, extent, extent - 1], classes: 3, seed: nil)
      }
    }
  }
}
