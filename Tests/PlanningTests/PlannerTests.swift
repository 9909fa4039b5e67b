import Networks
import Plans
import Tensors
import Testing

@testable import Planning

struct PlannerTests {
  static let reference = NetworkReference(name: "example", digest: String(repeating: "1f", count: 32))

  private func graph(_ network: Network) throws -> StageGraph { StageGraph(try AnalysedNetwork(network)) }

  @Test(arguments: ["robust", "lop", "full"])
  func plansAreDeterministicAndValid(strategy: String) throws {
    for network in try ExampleNetworks.all() {
      let graph = try graph(network)
      for seats in [1, 2, 4, 9] {
        let request = PlanRequest(seats: seats)
        let chosen = try PlanningStrategies.named(strategy)
        let first = try Planner.plan(graph, of: Self.reference, request: request, strategy: chosen)
        let second = try Planner.plan(graph, of: Self.reference, request: request, strategy: chosen)
        let file = try PlanFile(first.plan)
        #expect(try PlanFile(second.plan).digest == file.digest)
        #expect(try PlanFile(bytes: file.bytes).plan == first.plan)
        #expect(first.plan.strategy.name == strategy)
        try first.plan.check(against: graph)
        #expect(first.seats.map(\.memoryBytes) == first.plan.seats.map(\.memoryBytes))
      }
    }
  }

  @Test func layerOutputsAreRunsWithoutReplicas() throws {
    let graph = try graph(try ExampleNetworks.squeezing())
    let plan = try Planner.plan(
      graph, of: Self.reference, request: PlanRequest(seats: 4), strategy: LayerOutputStrategy()
    ).plan
    for stage in plan.stages {
      #expect(stage.owners == stage.owners.sorted())
      #expect(stage.replicas.allSatisfy { $0.isEmpty })
    }
    #expect(plan.stages[0].owners == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3])
  }

  /// The sums of a plan are those of the networks that are cut by it.
  @Test func summariesCountWhatIsCut() throws {
    let network = try ExampleNetworks.residualWithProjection()
    let graph = try graph(network)
    let result = try Planner.plan(graph, of: Self.reference, request: PlanRequest(seats: 3))
    for summary in result.seats {
      let image = try ShardImage(cutting: graph, plan: result.plan, planDigest: "d", seat: summary.seat)
      let shard = try Shard(bytes: image.bytes)
      var flops = 0
      for stage in result.plan.stages.indices {
        guard let slice = try shard.sliceNetwork(stage: stage, unit: .own) else { continue }
        flops += try AnalysedNetwork(slice).totalFLOPs
      }
      #expect(abs(summary.flops - flops) <= flops / 50)
      #expect(summary.weightBytes < image.byteCount && summary.weightBytes * 4 > image.byteCount)
      #expect(summary.rows == result.plan.stages.reduce(0) { $0 + $1.ownRows(of: summary.seat).count })
      #expect(summary.replicaRows == result.plan.stages.reduce(0) { $0 + $1.replicas[summary.seat].count })
    }
    // What all but the gateway's own exchange receive of a stage, its owners send.
    let sent = result.seats.reduce(0) { $0 + $1.sentBytes }
    let received = result.seats.reduce(0) { $0 + $1.receivedBytes }
    let last = result.plan.stages[result.plan.stages.count - 1]
    #expect(sent == received + 2 * last.rowCount * last.elementsPerRow * 4)
  }

  @Test func importanceIsTheSumOfAbsoluteWeights() throws {
    var builder = NetworkBuilder(name: "norms", input: [1, 2, 4, 4], seed: 1)
    let a = try builder.convolution("input", channels: 3, kernel: 1)
    let b = try builder.convolution("input", channels: 2, kernel: 3)
    let joined = try builder.relu(try builder.add("Concat", [a, b], ["axis": .integer(1)]))
    let c = try builder.convolution(joined, channels: 4, kernel: 3)
    let d = try builder.convolution(joined, channels: 4, kernel: 1, bias: false)
    let e = try builder.convolution(try builder.add("Add", [c, d]), channels: 4, kernel: 3, groups: 4)
    let network = try builder.finished(outputs: [e])
    let graph = try graph(network)
    try #require(graph.stages.count == 2)
    let scores = try Importance.l1(of: graph)

    func norm(_ node: Int, _ row: Int) -> Double {
      network.nodes[node].inputs.dropFirst().reduce(0) { sum, name in
        guard case .float(let tensor) = network.constants[name] else { return sum }
        let perRow = tensor.count / tensor.shape[0]
        return sum + (0..<perRow).reduce(0) { $0 + Double(abs(tensor[row * perRow + $1])) }
      }
    }
    let convolutions = network.nodes.indices.filter { network.nodes[$0].operatorType == "Conv" }
    try #require(convolutions.count == 5)
    // A Concat's row has its own operand's weights alone.
    let first = (0..<3).map { norm(convolutions[0], $0) } + (0..<2).map { norm(convolutions[1], $0) }
    for (found, expected) in zip(scores[0], first) { #expect(abs(found - expected) < 1e-9) }
    // Behind an Add and a depthwise convolution a row has those of all three.
    for row in 0..<4 {
      let expected = convolutions[2...].reduce(0) { $0 + norm($1, row) }
      #expect(abs(scores[1][row] - expected) < 1e-9)
    }
  }

  @Test func badRequestsAreNamed() throws {
    let network = try ExampleNetworks.squeezing()
    let graph = try graph(network)
    func plan(_ request: PlanRequest) throws { _ = try Planner.plan(graph, of: Self.reference, request: request) }
    #expect(throws: PlanningError.seatCount(0)) { try plan(PlanRequest(seats: 0)) }
    #expect(throws: PlanningError.seatCount(65)) { try plan(PlanRequest(seats: 65)) }
    #expect(throws: PlanningError.replicateShare(-1)) { try plan(PlanRequest(seats: 2, replicateShare: -1)) }
    #expect(throws: PlanningError.self) { try plan(PlanRequest(seats: 2, replicateShare: .nan)) }
    #expect(throws: PlanningError.self) { try PlanningStrategies.named("best") }
    let error = #expect(throws: PlanningError.self) { try plan(PlanRequest(seats: 2, memoryBytesPerSeat: 1000)) }
    guard case .memory(_, let needed, 1000) = try #require(error) else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try #require(error).description.contains("\(needed - 1000) bytes are missing"))
    #expect(throws: Never.self) { try plan(PlanRequest(seats: 2, memoryBytesPerSeat: needed)) }
  }

  @Test func weightsThatAreNoNumbersAreRefused() throws {
    var network = try ExampleNetworks.squeezing()
    let name = network.nodes[0].inputs[1]
    guard case .float(var weights) = network.constants[name] else { return }
    weights[3] = .nan
    network.constants[name] = .float(weights)
    let graph = try graph(network)
    #expect(throws: PlanningError.notFinite(constant: name)) {
      try Planner.plan(graph, of: Self.reference, request: PlanRequest(seats: 2))
    }
  }

  @Test func networkWithoutStagesIsRefused() throws {
    var builder = NetworkBuilder(name: "none", input: [1, 3, 4, 4], seed: 1)
    let output = try builder.relu("input")
    let graph = try graph(try builder.finished(outputs: [output]))
    #expect(throws: PlanningError.nothingToShare(network: "example")) {
      try Planner.plan(graph, of: Self.reference, request: PlanRequest(seats: 2))
    }
  }
}
