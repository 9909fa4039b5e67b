import Networks
import Tensors

/// Changes a few things in a topology, at random.
struct Damage {
  var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func number(_ count: Int) -> Int { Int(generator.next() % UInt64(Swift.max(count, 1))) }

  mutating func integer() -> Int {
    let interesting = [
      0, 1, -1, 2, 3, 4, 5, 7, 16, -2, -3, 1 << 20, 1 << 31, 1 << 40, .max, .min, .max - 1, -(1 << 40),
    ]
    return interesting[number(interesting.count)]
  }

  mutating func attribute(_ old: Attribute) -> Attribute {
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
