import Networks
import Tensors
import Testing

/// A shard's topology comes over a wire: whatever it says, it is refused with an error or it runs.
@Suite struct HostileTopologyTests {
  @Test(arguments: 0..<8) func damagedTopologiesAreRefusedOrRun(_ index: Int) throws {
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

  private static func run(_ network: Network) throws {
    let elements = try network.inferredShapes().values.map(\.elementCount).max() ?? 0
    guard elements < 100_000, try network.totalMultiplyAccumulates() < 2_000_000 else { return }
    let inputs = network.inputs.map { ($0.name, Tensor(shape: $0.shape, repeating: 0.5)) }
    _ = try PreparedNetwork(network).run(Dictionary(inputs) { first, _ in first })
  }
}

/// Changes a few things in a topology, at random.
private struct Damage {
  var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  private mutating func number(_ count: Int) -> Int { Int(generator.next() % UInt64(Swift.max(count, 1))) }

  private mutating func integer() -> Int {
    let interesting = [
      0, 1, -1, 2, 3, 4, 5, 7, 16, -2, -3, 1 << 20, 1 << 31, 1 << 40, .max, .min, .max - 1, -(1 << 40),
    ]
    return interesting[number(interesting.count)]
  }

  private mutating func attribute(_ old: Attribute) -> Attribute {
    switch old {
    case .integer: return number(6) == 0 ? .string("x") : .integer(integer())
    case .integers(var values):
      switch number(4) {
      case 0: values.append(integer())
      case 1: _ = values.popLast()
      default: if !values.isEmpty { values[number(values.count)] = integer() }
      }
      return .integers(values)
    case .float: return .float([0, -1, .infinity, .nan, 1e30][number(5)])
    default: return .integer(integer())
    }
  }

  mutating func topology(_ original: NetworkTopology) -> NetworkTopology {
    var topology = original
    let values = topology.nodes.flatMap(\.outputs) + topology.weights.map(\.name) + ["input", "", "nothing"]
    let names = ["kernel_shape", "strides", "pads", "dilations", "group", "axis", "axes", "shape", "perm", "rows"]
    for _ in 0...number(3) {
      let index = number(topology.nodes.count)
      switch number(8) {
      case 0, 1:
        let keys = topology.nodes[index].attributes.keys.sorted()
        guard !keys.isEmpty else { continue }
        let key = keys[number(keys.count)]
        if let old = topology.nodes[index].attributes[key] { topology.nodes[index].attributes[key] = attribute(old) }
      case 2: topology.nodes[index].operatorType = OperatorLibrary.names[number(OperatorLibrary.names.count)]
      case 3:
        if !topology.nodes[index].inputs.isEmpty {
          topology.nodes[index].inputs[number(topology.nodes[index].inputs.count)] = values[number(values.count)]
        }
      case 4:
        topology.nodes[index].attributes[names[number(names.count)]] =
          number(2) == 0 ? .integer(integer()) : .integers((0..<number(5)).map { _ in integer() })
      case 5:
        if !topology.integers.isEmpty {
          let index = number(topology.integers.count)
          let count = topology.integers[index].elements.count
          if count > 0 { topology.integers[index].elements[number(count)] = integer() }
        }
      case 6: topology.inputs[0].shape = Shape((0..<number(6)).map { _ in [1, 1, 2, 3, 8, 0, -1][number(7)] })
      default: topology.nodes.swapAt(index, number(topology.nodes.count))
      }
    }
    return topology
  }
}
