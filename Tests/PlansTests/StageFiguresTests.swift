import Networks
import Tensors
import Testing

@testable import Plans

@Suite struct StageFiguresTests {
  /// Two convolutions of 10 and 8 rows and a fully connected layer of 6 on maps of 8x8, over three seats.
  private static func sample() throws -> (graph: StageGraph, plan: Plan) {
    var builder = NetworkBuilder(name: "figures", input: [1, 3, 8, 8], seed: 1)
    var x = try builder.relu(try builder.convolution("input", channels: 10, kernel: 3))
    x = try builder.relu(try builder.convolution(x, channels: 8, kernel: 3))
    x = try builder.linear(try builder.add("Flatten", [x]), outputs: 6)
    x = try builder.add("Softmax", [x])
    let network = try builder.finished(outputs: [x]).simplified()
    let graph = StageGraph(try AnalysedNetwork(network))
    let owners = [[0, 0, 0, 0, 1, 1, 1, 2, 2, 2], [0, 0, 0, 1, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2]]
    try #require(graph.stages.map(\.rowCount) == owners.map(\.count))
    let plan = Plan(
      network: NetworkReference(name: network.name, digest: PlanFileTests.digest),
      inputs: network.inputs.map { PlanValue(name: $0.name, shape: $0.shape) },
      outputs: network.outputs.map { PlanValue(name: $0.name, shape: $0.shape) },
      seats: [Seat](repeating: Seat(memoryBytes: 0), count: 3), strategy: Strategy(name: "by hand"),
      stages: zip(graph.stages, owners).map { outline, owners in
        Stage(
          name: outline.name, output: outline.output, rowAxis: outline.rowAxis, inputs: outline.inputs,
          owners: owners, replicas: [[], [], []])
      }, tailInputs: graph.tail.inputs, fills: [.zero])
    try plan.validate()
    return (graph, plan)
  }

  @Test func figuresEqualWhatIsCountedByHand() throws {
    let (graph, plan) = try Self.sample()
    let (stages, tail) = graph.figures(of: plan, profile: try graph.network.profile())
    #expect(stages.map(\.rows) == [10, 8, 6])
    #expect(
      stages.map { $0.operators.map { "\($0.count) \($0.operatorType)" } } == [
        ["1 Conv", "1 Relu"], ["1 Conv", "1 Relu"], ["1 Flatten", "1 Gemm"],
      ])
    // Weights and biases.
    #expect(stages.map(\.parameters) == [10 * 27 + 10, 8 * 90 + 8, 6 * 512 + 6])
    #expect(stages.map(\.multiplyAccumulates) == [10 * 27 * 64, 8 * 90 * 64, 6 * 512])
    #expect(stages[0].shares.map(\.rows) == [4, 3, 3])
    #expect(stages[0].shares.map(\.multiplyAccumulates) == [4 * 27 * 64, 3 * 27 * 64, 3 * 27 * 64])
    #expect(stages[1].shares.map(\.multiplyAccumulates) == [3 * 90 * 64, 3 * 90 * 64, 2 * 90 * 64])
    #expect(stages[2].shares.map(\.multiplyAccumulates) == [2 * 512, 2 * 512, 2 * 512])
    #expect(stages.map(\.exchangedBytes) == [10 * 64 * 4, 8 * 64 * 4, 6 * 4])
    #expect(stages.map(\.replicatedNodes) == [0, 0, 1], "every seat flattens for itself")

    #expect(tail.operators == [.init(operatorType: "Softmax", count: 1)])
    #expect(tail.shares.isEmpty)
    #expect(tail.multiplyAccumulates == 0)
    #expect(tail.parameters == 0)
  }

  @Test func aSeatSendsItsSliceToAllWhoNeedItAndGetsTheOthers() throws {
    let (_, plan) = try Self.sample()
    let first = (0..<3).map { plan.exchange(ofStage: 0, at: $0) }
    #expect(first.map(\.sliceBytes) == [4 * 256, 3 * 256, 3 * 256])
    #expect(first.map(\.sentBytes) == [8 * 256, 6 * 256, 6 * 256])
    #expect(first.map(\.receivedBytes) == [6 * 256, 7 * 256, 7 * 256])
    let last = plan.exchange(ofStage: 2, at: 0)
    #expect(first.map(\.reachesAllSeats) == [true, true, true])
    #expect(!last.reachesAllSeats, "the gateway and its deputy alone need it")
    #expect(last == SeatExchange(sliceBytes: 8, sentBytes: 16, receivedBytes: 16, reachesAllSeats: false))
    var single = plan
    single.seats = [Seat(memoryBytes: 0)]
    for index in single.stages.indices { single.stages[index].owners = single.stages[index].owners.map { _ in 0 } }
    #expect(single.exchange(ofStage: 0, at: 0).sentBytes == 0)
    #expect(single.exchange(ofStage: 2, at: 0).sentBytes == 0)
  }

  /// Whatever the network, a seat alone does the whole network's work and what several stages do again.
  @Test(arguments: Example.allCases)
  func oneSeatDoesTheWholeWork(example: Example) throws {
    let network = try example.network()
    let graph = StageGraph(try AnalysedNetwork(network))
    let plan = Plan(
      network: NetworkReference(name: network.name, digest: PlanFileTests.digest), inputs: [], outputs: [],
      seats: [Seat(memoryBytes: 0)], strategy: Strategy(name: "alone"),
      stages: graph.stages.map {
        Stage(
          name: $0.name, output: $0.output, rowAxis: $0.rowAxis, inputs: $0.inputs,
          owners: [Int](repeating: 0, count: $0.rowCount), replicas: [[]])
      }, tailInputs: graph.tail.inputs, fills: [.zero])
    let profile = try network.profile()
    let (stages, tail) = graph.figures(of: plan, profile: profile)
    for stage in stages { #expect(stage.shares.map(\.multiplyAccumulates) == [stage.multiplyAccumulates]) }
    let total = try network.totalMultiplyAccumulates()
    #expect(stages.reduce(tail.multiplyAccumulates) { $0 + $1.multiplyAccumulates } >= total)
    #expect(
      stages.reduce(tail.parameters) { $0 + $1.parameters } == profile.reduce(0) { $0 + $1.parameters },
      "each parameter is counted once")
  }
}
