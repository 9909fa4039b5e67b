import Networks
import Tensors
import Testing

/// A shard's topology comes over a wire: whatever it says, it is refused with an error or it runs.
@Suite struct HostileTopologyTests {
  @Test(arguments: 0..<10) func damagedTopologiesAreRefusedOrRun(_ index: Int) throws {
    let network = try ExampleNetworks.all()[index]
    var refused = 0
    for seed in UInt64(0)..<100 {
      var damage = Damage(seed: seed)
      let topology = damage.topology(network.topology)
      do {
        let damaged = Self.unchecked(topology, weights: network.weights)
        _ = try? Network(topology, weights: network.weights)
        try Self.run(damaged.validated())
        try Self.run(damaged.simplified())
      } catch is NetworkError {
        refused += 1
      } catch {
        Issue.record("\(network.name), seed \(seed): \(error)")
      }
    }
    #expect(refused > 20)
  }

  /// The network without the check of its outputs' shapes, which would refuse most.
  private static func unchecked(_ topology: NetworkTopology, weights: [String: Tensor]) -> Network {
    var constants = weights.mapValues { Constant.float($0) }
    for integers in topology.integers {
      constants[integers.name] = .integer(IntegerTensor(shape: integers.shape, elements: integers.elements))
    }
    return Network(
      name: topology.name, opset: topology.opset, inputs: topology.inputs, outputs: topology.outputs,
      nodes: topology.nodes, constants: constants)
  }

  static func run(_ network: Network) throws {
    let elements = try network.inferredShapes().values.map(\.elementCount).max() ?? 0
    guard elements < 100_000, try network.totalMultiplyAccumulates() < 2_000_000 else { return }
    let inputs = network.inputs.map { ($0.name, Tensor(shape: $0.shape, repeating: 0.5)) }
    _ = try PreparedNetwork(network).run(Dictionary(inputs) { first, _ in first })
  }
}
