import Networks
import Tensors
import Testing

/// Attributes, shapes and constants come from a file: whatever they say, an operator refuses them with an error, or it
/// runs.
@Suite struct HostileOperatorTests {
  @Test(arguments: OperatorCase.table)
  func damagedNodesAreRefusedOrRun(_ test: OperatorCase) throws {
    for seed in UInt64(0)..<40 {
      var damage = Damage(seed: seed)
      var (network, _) = test.network(seed: seed, areWeightsInputs: seed % 2 == 0)
      for _ in 0...damage.number(2) { damage.node(&network) }
      do {
        network = try network.validated()
        let shapes = try network.inferredShapes()
        let operation = try network.makeOperator(for: network.nodes[0])
        let inputs = network.nodes[0].inputs.map { $0.isEmpty ? nil : shapes[$0] }
        let output = shapes[network.nodes[0].outputs[0]] ?? []
        for axis in 0..<output.rank {
          guard operation.rowRule(axis: axis, inputs: inputs, output: output) != nil, output[axis] > 0 else { continue }
          _ = operation.node(network.nodes[0], computing: [output[axis] - 1], axis: axis, inputs: inputs)
        }
        _ = operation.multiplyAccumulates(inputs: inputs, outputs: [output])
        try HostileTopologyTests.run(network)
      } catch is NetworkError {
        continue
      } catch {
        Issue.record("\(test.testDescription), seed \(seed): \(error)")
      }
    }
  }
}

extension Damage {
  /// Damages the one node of a network: an attribute, an input's shape, a constant, how many inputs there are.
  mutating func node(_ network: inout Network) {
    let keys = network.nodes[0].attributes.keys.sorted()
    let others = [
      "axis", "axes", "group", "strides", "dilations", "pads", "auto_pad", "kernel_shape", "output_padding",
      "ceil_mode",
      "output_shape", "k", "batch_dims", "fmod", "largest", "reduction", "dtype", "to", "p", "num_groups", "epsilon",
      "alpha", "size", "keepdims", "noop_with_empty_axes",
    ]
    switch number(6) {
    case 0, 1:
      guard !keys.isEmpty else { return }
      let key = keys[number(keys.count)]
      if let old = network.nodes[0].attributes[key] { network.nodes[0].attributes[key] = attribute(old) }
    case 2:
      network.nodes[0].attributes[others[number(others.count)]] =
        switch number(4) {
        case 0: .integer(integer())
        case 1: .integers((0..<number(7)).map { _ in integer() })
        case 2: .float([0, -1, .infinity, .nan, 1e30][number(5)])
        default: .string(["", "SAME_UPPER", "VALID", "x"][number(4)])
        }
    case 3:
      guard !network.inputs.isEmpty else { return }
      let index = number(network.inputs.count)
      let old = network.inputs[index].shape
      if number(4) == 0 { network.inputs[index].elementType = ElementType.allCases[number(3)] }
      if number(2) == 0, old.rank > 0 {
        network.inputs[index].shape[number(old.rank)] = [0, 1, 2, 3, 5, 1000, -1][number(7)]
      } else {
        network.inputs[index].shape = Shape((0..<number(7)).map { _ in [1, 1, 2, 3, 5, 0][number(6)] })
      }
    case 4:
      let names = network.constants.keys.sorted()
      guard !names.isEmpty else { return }
      let name = names[number(names.count)]
      switch network.constants[name] {
      case .integer(var tensor)?:
        if !tensor.elements.isEmpty { tensor.elements[number(tensor.elements.count)] = integer() }
        network.constants[name] = .integer(tensor)
      case .float(let tensor)?:
        let shape = Shape((0..<number(5)).map { _ in [1, 2, 3, 5, 9][number(5)] })
        network.constants[name] =
          .float(number(2) == 0 ? tensor.map { _ in [.infinity, .nan, 0, -1e30][number(4)] } : Tensor(shape: shape))
      case nil: return
      }
    default:
      switch number(3) {
      case 0: _ = network.nodes[0].inputs.popLast()
      case 1:
        if let first = network.nodes[0].inputs.first { network.nodes[0].inputs.append(first) }
      default:
        let count = network.nodes[0].inputs.count
        if count > 0 { network.nodes[0].inputs[number(count)] = "" }
      }
    }
  }
}
