import Networks
import Planning
import Plans
import Tensors
import Testing

@testable import Execution

/// A network planned, cut, opened again from the shards' bytes and run by all seats together.
struct Fixture {
  let network: Network
  let plan: Plan
  let mesh: LocalMesh
  let programs: [SeatProgram]
  let inputs: [Tensor]
  let whole: [Tensor]

  init(
    _ network: Network, seats: Int, share: Double = 0.25, strategy: String = "robust",
    weights type: WeightType = .float32, seed: UInt64 = 1
  ) throws {
    self.network = network
    let graph = StageGraph(try AnalysedNetwork(network))
    let digest = String(repeating: "ab", count: 32)
    plan = try Planner.plan(
      graph, of: NetworkReference(name: network.name, digest: digest),
      request: PlanRequest(seats: seats, replicateShare: share, weightType: type),
      strategy: PlanningStrategies.named(strategy)
    ).plan
    programs = try (0..<seats).map { [plan] seat in
      let image = try ShardImage(cutting: graph, plan: plan, planDigest: digest, seat: seat)
      return try SeatProgram(shard: Shard(bytes: image.bytes), plan: plan, planDigest: digest)
    }
    mesh = LocalMesh(plan: plan, programs: programs)
    var random = SeededGenerator(seed: seed)
    inputs = network.inputs.map { input in
      Tensor(
        shape: input.shape,
        elements: (0..<input.shape.elementCount).map { _ in Float.random(in: -1...1, using: &random) })
    }
    let named = Dictionary(uniqueKeysWithValues: zip(network.inputs.map(\.name), inputs))
    let results = try PreparedNetwork(network, weights: type).run(named)
    whole = network.outputs.compactMap { results[$0.name] }
  }

  /// The largest difference from the whole network's outputs, as a share of their largest value.
  func difference(_ outputs: [Tensor]) -> Float {
    guard outputs.map(\.shape) == whole.map(\.shape) else { return .infinity }
    var (difference, reference) = (Float(0), Float(0))
    for (output, whole) in zip(outputs, whole) {
      for (a, b) in zip(output.elements, whole.elements) {
        difference = (a - b).isNaN ? .infinity : max(difference, abs(a - b))
        reference = max(reference, abs(b))
      }
    }
    return difference / max(reference, .leastNormalMagnitude)
  }
}

struct LocalMeshTests {
  @Test(arguments: [1, 2, 3, 4, 7], ["robust", "lop", "full"])
  func answersAsTheWholeNetworkDoes(seats: Int, strategy: String) throws {
    for network in try ExampleNetworks.all(seed: UInt64(seats)) {
      let fixture = try Fixture(network, seats: seats, strategy: strategy)
      let answer = try fixture.mesh.run(fixture.inputs)
      #expect(fixture.difference(answer.outputs) <= 1e-4, "\(network.name)")
      #expect(answer.isExact && answer.provenance.allSatisfy { $0.missingSeats.isEmpty && $0.filledRows.isEmpty })
    }
  }

  @Test(arguments: [0, 1, 2])
  func fullReplicationLosesNothing(survivor: Int) throws {
    let fixture = try Fixture(try ExampleNetworks.squeezing(), seats: 3, strategy: "full")
    var lost: [Int: Int] = [:]
    for seat in 0..<3 where seat != survivor { lost[seat] = seat }
    let answer = try fixture.mesh.run(fixture.inputs, losing: lost)
    #expect(fixture.difference(answer.outputs) <= 1e-4)
    #expect(answer.isExact)
    let last = try #require(answer.provenance.last)
    #expect(last.missingSeats == lost.keys.sorted())
    #expect(last.filledRows[.replica] == (fixture.plan.stages.last?.owners.count { $0 != survivor }))
  }

  @Test func rowsWithoutReplicasAreZeroAndSaidToBe() throws {
    let fixture = try Fixture(try ExampleNetworks.small(), seats: 4, share: 0.5)
    let answer = try fixture.mesh.run(fixture.inputs, losing: [2: 3])
    #expect(answer.provenance.prefix(3).allSatisfy { $0.missingSeats.isEmpty && $0.filledRows.isEmpty })
    for (stage, provenance) in zip(fixture.plan.stages, answer.provenance).dropFirst(3) {
      let own = stage.ownRows(of: 2)
      let replicated = own.filter { stage.holders(of: $0).count > 1 }.count
      #expect(provenance.missingSeats == [2])
      #expect(provenance.filledRows[.replica, default: 0] == replicated)
      #expect(provenance.filledRows[.zero, default: 0] == own.count - replicated)
    }
    #expect(!answer.isExact)
    #expect(fixture.difference(answer.outputs) > 1e-3)
    #expect(fixture.difference(answer.outputs).isFinite)
  }

  /// The degraded answer is what the whole network gives whose lost rows are set to zero where they are exchanged.
  @Test(arguments: [0, 1, 2, 3])
  func degradedAnswerEqualsTheWholeNetworkWithoutTheRows(lost: Int) throws {
    let fixture = try Fixture(try ExampleNetworks.residualWithProjection(), seats: 4, share: 0.3)
    var network = fixture.network
    for stage in fixture.plan.stages {
      let axis = stage.rowAxis
      let rows = stage.owners.indices.map { stage.owners[$0] == lost && stage.holders(of: $0).count == 1 ? -1 : $0 }
      // Every consumer takes the value with zeros in it.
      let name = stage.output.name + ".lossy"
      for node in network.nodes.indices {
        network.nodes[node].inputs = network.nodes[node].inputs.map { $0 == stage.output.name ? name : $0 }
      }
      network.nodes.append(
        Node(
          name: name, operatorType: "edgemesh.SelectRows", inputs: [stage.output.name], outputs: [name],
          attributes: ["axis": .integer(axis), "rows": .integers(rows)]))
    }
    let named = Dictionary(uniqueKeysWithValues: zip(network.inputs.map(\.name), fixture.inputs))
    let expected = try PreparedNetwork(network).run(named)
    let answer = try fixture.mesh.run(fixture.inputs, losing: [lost: 0])
    let output = try #require(expected[network.outputs[0].name])
    for (a, b) in zip(answer.outputs[0].elements, output.elements) { #expect(abs(a - b) <= 1e-4 * max(1, abs(b))) }
  }

  @Test func noSurvivorIsAnError() throws {
    let fixture = try Fixture(try ExampleNetworks.squeezing(), seats: 2)
    #expect(throws: ExecutionError.self) { try fixture.mesh.run(fixture.inputs, losing: [0: 0, 1: 1]) }
  }

  /// The published models on four seats, where they lie beside the package.
  @Test(.enabled(if: Models.exist, "the models are not beside the package"), arguments: ["robust", "lop"])
  func publishedModels(strategy: String) throws {
    for network in [try Models.resNet20(), try Models.squeezeNet()] {
      let fixture = try Fixture(network, seats: 4, strategy: strategy)
      let answer = try fixture.mesh.run(fixture.inputs)
      #expect(fixture.difference(answer.outputs) <= 1e-4, "\(network.name)")
      let degraded = try fixture.mesh.run(fixture.inputs, losing: [1: 4])
      #expect(fixture.difference(degraded.outputs).isFinite)
      #expect(!degraded.isExact)
    }
  }
}
