import Networks
import Tensors

/// Functions that the node before them applies as it stores, so that their input is never kept: those whose gradient
/// can be told from their output.
struct Fusions {
  /// By the name of the earlier node's output: the function's node.
  private(set) var functions: [String: (node: Int, activation: Activation)] = [:]
  /// Nodes that need not be computed by themselves.
  private(set) var absorbed: Set<Int> = []

  /// - Parameter observed: values that are looked at from outside.
  init(_ network: Network, _ computations: [Computation?], observed: Set<String>) {
    var consumers: [String: [Int]] = [:]
    for (index, node) in network.nodes.enumerated() {
      for input in Set(node.inputs) { consumers[input, default: []].append(index) }
    }
    for (index, node) in network.nodes.enumerated() {
      switch computations[index] {
      case .convolution, .batchNormalization: break
      case .arithmetic(.add):
        guard node.inputs.allSatisfy({ network.constants[$0] == nil }) else { continue }
      default: continue
      }
      let output = node.outputs[0]
      guard !observed.contains(output), let users = consumers[output], users.count == 1,
        case .function(let activation) = computations[users[0]], Self.showsItsInput(activation)
      else { continue }
      functions[output] = (users[0], activation)
      absorbed.insert(users[0])
    }
  }

  private static func showsItsInput(_ activation: Activation) -> Bool {
    switch activation {
    case .relu, .clip: true
    case .leakyRelu(let slope): slope > 0
    default: false
    }
  }
}
