public import Networks
public import Tensors

/// A network with what staging and cutting must know of it: every value's shape, every node's operator and cost.
public struct AnalysedNetwork: Sendable {
  public let network: Network
  public let shapes: [String: Shape]
  /// What each value's elements are.
  public let types: [String: ElementType]
  /// One a node, in the nodes' order.
  public let operators: [any Operator]
  /// Floating-point operations of each node, in the nodes' order; a multiply-accumulate counts as two.
  public let flops: [Int]
  /// Multiply-accumulates of each node, in the nodes' order; bounded, so that sums of them do not overflow.
  public let multiplyAccumulates: [Int]
  /// The node that makes a value, by the value's name; network inputs and constants have none.
  let producers: [String: Int]

  /// Infers shapes and costs of a simplified network. Throws what is wrong with the graph or a node.
  public init(_ network: Network) throws(NetworkError) {
    let operators = try network.makeOperators()
    self.init(
      network: network, shapes: try network.inferredShapes(with: operators),
      types: try network.inferredTypes(with: operators), operators: operators,
      multiplyAccumulates: try network.multiplyAccumulates())
  }

  /// - Parameter multiplyAccumulates: of each node, in the nodes' order.
  init(
    network: Network, shapes: [String: Shape], types: [String: ElementType], operators: [any Operator],
    multiplyAccumulates: [Int]
  ) {
    self.network = network
    self.shapes = shapes
    self.types = types
    self.operators = operators
    let bound = min(1 << 43, Int.max / 4 / max(network.nodes.count, 1))
    self.multiplyAccumulates = multiplyAccumulates.map { min($0, bound) }
    flops = zip(network.nodes, self.multiplyAccumulates).map { node, count in
      // What has no multiplications with an addition still touches every element.
      count > 0 ? 2 * count : node.outputs.reduce(0) { $0 + (shapes[$1]?.elementCount ?? 0) }
    }
    var producers: [String: Int] = [:]
    for (index, node) in network.nodes.enumerated() {
      for output in node.outputs where !output.isEmpty { producers[output] = index }
    }
    self.producers = producers
  }

  public var totalFLOPs: Int { flops.reduce(0, +) }

  /// The shape of a value; an empty shape for a name the network does not know.
  public func shape(of value: String) -> Shape { shapes[value] ?? [] }

  /// What a value's elements are; floats for a name the network does not know.
  public func elementType(of value: String) -> ElementType { types[value] ?? .float }

  /// Whether a node multiplies its data by its parameters: a convolution, a fully connected layer.
  func multiplies(_ node: Int) -> Bool { multiplyAccumulates[node] > 0 }

  func isConstant(_ value: String) -> Bool { network.constants[value] != nil }
  func isData(_ value: String) -> Bool { !value.isEmpty && network.constants[value] == nil }

  func byteCount(of value: String) -> Int { shape(of: value).elementCount * WireElementType.float32.byteCount }

  /// Shapes of a node's inputs; nil where an input is not given.
  func inputShapes(of node: Node) -> [Shape?] { node.inputs.map { $0.isEmpty ? nil : shapes[$0] } }

  /// How the rows along `axis` of a node's output depend on its inputs; nil where they cannot be computed apart.
  /// A node whose further outputs are used has no rule: rules speak of the first output alone.
  func rowRule(ofNode index: Int, axis: Int) -> RowRule? {
    let node = network.nodes[index]
    guard let first = node.outputs.first, node.outputs.dropFirst().allSatisfy(\.isEmpty) else { return nil }
    let output = shape(of: first)
    guard axis >= 0, axis < output.rank else { return nil }
    guard let rule = operators[index].rowRule(axis: axis, inputs: inputShapes(of: node), output: output),
      rule.inputs.count >= node.inputs.count
    else { return nil }
    return rule
  }
}

extension RowRule.Input {
  /// The axis of the input that follows the output's rows one index a row; nil where a row needs more than that.
  var followedAxis: Int? {
    switch self {
    case .whole: nil
    case .rows(let axis, _, _): axis
    case .group(let axis, _, let inputsPerGroup): inputsPerGroup == 1 ? axis : nil
    }
  }

  /// Whether a part of this input is enough for a part of the rows.
  var isDivided: Bool { self != .whole }
}
