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
    for _ in 0..<20 {
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
}
