public import Networks
import Tensors

/// The trained numbers of a network, one after the other: first those that decay, then biases and normalisations'
/// scales and shifts, which do not.
public struct ParameterLayout: Hashable, Sendable {
  public struct Entry: Hashable, Sendable {
    /// The constant's name in the network.
    public var name: String
    public var range: Range<Int>
  }

  public private(set) var entries: [Entry] = []
  /// So many of the first numbers decay.
  public private(set) var decayedCount = 0
  /// Running means and variances, one after the other, apart from the trained numbers.
  public private(set) var statistics: [Entry] = []

  public var count: Int { entries.last?.range.upperBound ?? 0 }
  public var statisticsCount: Int { statistics.last?.range.upperBound ?? 0 }

  /// What is trained in a network: all floats that nodes take as weights, biases, scales and shifts, in the nodes' order.
  ///
  /// What is done to a network's input before the first layer (mean and deviation of a data set) stays as it is, and so do
  /// `frozen` constants and those without dimensions, which are a function's own (GELU's 1/2, an attention's scale).
  public init(_ network: Network, frozen: Set<String> = []) {
    var known = frozen
    // What is made of the inputs by constants alone, one element at a time.
    var raw = Set(network.inputs.map(\.name))
    var decaying: [(String, Int)] = []
    var others: [(String, Int)] = []
    var running: [(String, Int)] = []
    for node in network.nodes {
      let operands = node.inputs.filter { network.constants[$0] == nil }
      let isRaw = Self.elementwise.contains(node.operatorType) && operands.allSatisfy(raw.contains)
      if isRaw { raw.formUnion(node.outputs) }
      let isNormalization = node.operatorType == "BatchNormalization"
      for (position, name) in node.inputs.enumerated() {
        guard case .float(let tensor) = network.constants[name], !known.contains(name) else { continue }
        known.insert(name)
        if isRaw || tensor.shape.rank == 0 { continue }
        if node.operatorType == "Dropout" || node.operatorType == "Pad" || node.operatorType == "Clip" { continue }
        if isNormalization, position > 2 {
          running.append((name, tensor.count))
        } else if Self.weighted.contains(node.operatorType), position == 1 || position == 2, tensor.shape.rank > 1 {
          decaying.append((name, tensor.count))
        } else {
          others.append((name, tensor.count))
        }
      }
    }
    var start = 0
    func append(_ list: [(String, Int)], to entries: inout [Entry]) {
      for (name, count) in list {
        entries.append(Entry(name: name, range: start..<(start + count)))
        start += count
      }
    }
    append(decaying, to: &entries)
    decayedCount = start
    append(others, to: &entries)
    start = 0
    append(running, to: &statistics)
  }

  private static let elementwise: Set<String> = ["Add", "Sub", "Mul", "Div"]
  private static let weighted: Set<String> = ["Conv", "Gemm", "MatMul", "LSTM", "GRU"]

  /// The network's numbers in this order.
  public func parameters(of network: Network) -> [Float] { Self.numbers(entries, of: network) }
  public func statistics(of network: Network) -> [Float] { Self.numbers(statistics, of: network) }

  private static func numbers(_ entries: [Entry], of network: Network) -> [Float] {
    entries.flatMap { entry -> [Float] in
      guard case .float(let tensor) = network.constants[entry.name] else { return [] }
      return tensor.elements
    }
  }

  /// The network with these numbers in place of its own.
  public func network(_ network: Network, parameters: [Float], statistics numbers: [Float]) -> Network {
    var result = network
    for (list, source) in [(entries, parameters), (statistics, numbers)] {
      for entry in list {
        guard let shape = network.constants[entry.name]?.shape else { continue }
        result.constants[entry.name] = .float(Tensor(shape: shape, elements: Array(source[entry.range])))
      }
    }
    return result
  }
}
