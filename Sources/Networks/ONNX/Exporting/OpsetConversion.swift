import Tensors

/// Writes a network's nodes, one after the other, in the words of `Network.exportedOpset`.
///
/// Each operator either means the same in the same form in all opsets from 7 to that one and on (`unchanged`) or has a
/// conversion. One that is in neither table is refused.
struct OpsetConversion {
  typealias Conversion = @Sendable (inout OpsetConversion, Node) throws(NetworkError) -> Void

  let source: Network
  let shapes: [String: Shape]
  let types: [String: ElementType]
  private var nodes: [Node] = []
  private var constants: [String: Constant]
  private var valueNames: Set<String>
  private var nodeNames: Set<String>

  /// The network must be in topological order.
  init(_ network: Network) throws(NetworkError) {
    source = network
    let operators = try network.makeOperators()
    shapes = try network.inferredShapes(with: operators)
    types = try network.inferredTypes(with: operators)
    constants = network.constants
    valueNames = Set(shapes.keys)
    nodeNames = Set(network.nodes.map(\.name))
  }

  mutating func converted() throws(NetworkError) -> Network {
    for node in source.nodes {
      if let conversion = Self.conversions[node.operatorType] {
        try conversion(&self, node)
      } else if Self.unchanged.contains(node.operatorType) {
        emit(node)
      } else {
        throw NodeIdentity(node).invalid("opset \(Network.exportedOpset) has no such operator")
      }
    }
    var result = source
    result.opset = Network.exportedOpset
    result.nodes = nodes
    result.constants = constants
    for index in result.outputs.indices {
      result.outputs[index].shape = shapes[result.outputs[index].name] ?? []
      result.outputs[index].elementType = types[result.outputs[index].name] ?? .float
    }
    // A graph must have a name.
    if result.name.isEmpty { result.name = "network" }
    // What conversions read out of constants (sizes, axes) is left over.
    result.removeUnused()
    return try result.validated()
  }

  // MARK: What conversions are made of

  /// Writes a node as it is, or as the conversion has changed it.
  mutating func emit(_ node: Node) { nodes.append(node) }

  /// Writes a node and gives its output's name: `output`, or a new one.
  @discardableResult
  mutating func emit(
    _ operatorType: String, _ inputs: [String], _ attributes: [String: Attribute] = [:], for node: Node,
    output: String? = nil
  ) -> String {
    let output = output ?? Self.unused("\(node.name).\(operatorType)", in: &valueNames)
    nodes.append(
      Node(
        name: Self.unused("\(node.name).\(operatorType)", in: &nodeNames), operatorType: operatorType, inputs: inputs,
        outputs: [output], attributes: attributes))
    return output
  }

  mutating func constant(_ numbers: [Int], for node: Node) -> String {
    constant(.integer(IntegerTensor(shape: [numbers.count], elements: numbers)), for: node)
  }

  mutating func scalar(_ number: Float, for node: Node) -> String {
    constant(.float(Tensor(shape: [], elements: [number])), for: node)
  }

  mutating func constant(_ value: Constant, for node: Node) -> String {
    let name = Self.unused("\(node.name).constant", in: &valueNames)
    constants[name] = value
    return name
  }

  /// The shape of a node's input. Validation and shape inference have seen to it that required ones are there.
  func shape(of node: Node, input position: Int = 0) throws(NetworkError) -> Shape {
    guard position < node.inputs.count, let shape = shapes[node.inputs[position]] else {
      throw NodeIdentity(node).invalid("input \(position) is not given")
    }
    return shape
  }

  /// The node's operator, which has read its attributes and constant inputs.
  func operation<Kind: Operator>(of node: Node, as kind: Kind.Type) throws(NetworkError) -> Kind {
    guard let operation = try self.operation(of: node) as? Kind else {
      throw NodeIdentity(node).invalid("is not what its name says")
    }
    return operation
  }

  func operation(of node: Node) throws(NetworkError) -> any Operator { try source.makeOperator(for: node) }

  /// A new name for a value that is to become the node's output at `position`.
  mutating func inner(_ node: Node, _ position: Int = 0) -> String {
    Self.unused("\(node.name).inner\(position)", in: &valueNames)
  }

  /// Writes the node with its first input and its first output as another type of elements between.
  mutating func emit(_ node: Node, reckoningIn type: ONNXElementType) {
    var inner = node
    inner.inputs[0] = emit("Cast", [node.inputs[0]], ["to": .integer(type.rawValue)], for: node)
    inner.outputs[0] = self.inner(node)
    emit(inner)
    let own = ONNXElementType(types[node.outputs[0]] ?? .float)
    emit("Cast", [inner.outputs[0]], ["to": .integer(own.rawValue)], for: node, output: node.outputs[0])
  }

  func refused(_ node: Node, _ what: String) -> NetworkError {
    NodeIdentity(node).invalid("\(what) cannot be said in opset \(Network.exportedOpset)")
  }

  private static func unused(_ base: String, in names: inout Set<String>) -> String {
    var name = base
    var number = 1
    while !names.insert(name).inserted {
      number += 1
      name = "\(base)_\(number)"
    }
    return name
  }
}
