import Execution
import Mesh
import Networks
import Plans
import Tensors
import Testing

@testable import Runtime

@Suite(.serialized) struct AgentTests {
  static func input(_ shape: Shape, seed: UInt64) -> Tensor {
    var random = SeededGenerator(seed: seed)
    return Tensor(shape: shape, elements: (0..<shape.elementCount).map { _ in random.nextFloat() })
  }

  @Test(arguments: [1, 2, 4])
  func meshAnswersAsOneBoard(_ agents: Int) throws {
    let network = try ExampleNetworks.small()
    let whole = try PreparedNetwork(try network.simplified())
    let mesh = try MeshHarness(agents: agents)
    _ = try mesh.deploy(network)
    let client = try InferenceClient(gateways: mesh.endpoints, plan: nil)
    var inputs: [RequestID: Tensor] = [:]
    for seed in UInt64(1)...20 {
      let input = Self.input(network.inputs[0].shape, seed: seed)
      inputs[try client.submit(inputs: [input], deadlineMilliseconds: 10_000)] = input
    }
    // Nothing under way means that every answer was given out, also where several came at once.
    while client.inFlight > 0 {
      let answer = try #require(try client.next(timeoutMilliseconds: 20_000))
      #expect(answer.outcome.kind == .complete, "\(answer.outcome)")
      let known = inputs.removeValue(forKey: answer.id)
      let input = try #require(known)
      let expected = try #require(try whole.run([network.inputs[0].name: input])[network.outputs[0].name]).elements
      let largest = expected.map(abs).max() ?? 0
      let worst = zip(answer.outputs[0], expected).map { abs($0 - $1) }.max() ?? .infinity
      #expect(answer.outputs[0].count == expected.count && worst <= 1e-4 * largest)
    }
    #expect(inputs.isEmpty)
  }

  /// A seat is gone for good; every answer is labelled so, and equals what the plan gives without it on one machine.
  @Test(arguments: [0.0, 0.5, 3.0])
  func degradedAnswerIsWhatThePlanGives(_ replicateShare: Double) throws {
    let network = try ExampleNetworks.small()
    let mesh = try MeshHarness(agents: 4)
    let plan = try mesh.deploy(network, replicateShare: replicateShare)
    let lost = 2
    mesh.members[lost].agent.stop()
    let remaining = mesh.endpoints.enumerated().filter { $0.offset != lost }.map(\.element)
    let isKnown = try mesh.wait(for: remaining) { status in
      status.members.contains { $0.name == "board\(lost)" && $0.state == "left" }
    }
    #expect(isKnown)

    let local = try mesh.localMesh(network, plan)
    let client = try InferenceClient(gateways: remaining, plan: nil)
    for seed in UInt64(1)...5 {
      let input = Self.input(network.inputs[0].shape, seed: seed)
      _ = try client.submit(inputs: [input], deadlineMilliseconds: 10_000)
      let answer = try #require(try client.next(timeoutMilliseconds: 20_000))
      let expected = try local.run([input], losing: [lost: 0])
      // With every row everywhere the answer is whole, and the label says that replicas made it so.
      let isWhole = replicateShare == 3
      #expect(answer.outcome.kind == (isWhole ? .complete : .degraded), "\(answer.outcome)")
      #expect(answer.outcome.lostSeats.seats == (isWhole ? [] : [lost]))
      let zeros = expected.provenance.reduce(0) { $0 + ($1.filledRows[.zero] ?? 0) }
      let replicas = expected.provenance.reduce(0) { $0 + ($1.filledRows[.replica] ?? 0) }
      #expect(answer.outcome.zeroRows == zeros)
      #expect(answer.outcome.replicaRows == replicas)
      #expect((zeros == 0) == isWhole && (replicas == 0) == (replicateShare == 0))
      let reference = expected.outputs[0].elements
      let largest = reference.map(abs).max() ?? 0
      let worst = zip(answer.outputs[0], reference).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= 1e-4 * largest, "\(worst) of \(largest)")
    }
  }
}
