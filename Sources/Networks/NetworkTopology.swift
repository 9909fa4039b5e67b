public import Tensors

/// A network without its weights: what a shard carries beside a file of tensors. It can be written as JSON.
///
/// Integer constants (shapes, axes, masks) are small and travel inside; of the others names and shapes are listed, and the
/// weights that come with the topology must be exactly those.
public struct NetworkTopology: Hashable, Sendable, Codable {
  public var name: String
  public var opset: Int
  public var inputs: [ValueDescription]
  public var outputs: [ValueDescription]
  public var nodes: [Node]
  /// Names and shapes of the weights, ordered by name.
  public var weights: [ValueDescription]
  /// Ordered by name.
  public var integers: [NamedIntegers]

  public struct NamedIntegers: Hashable, Sendable, Codable {
    public var name: String
    public var shape: Shape
    public var elements: [Int]
    /// `boolean` where they are truth values; nil (and not written) where they are integers.
    public var elementType: ElementType?

    public init(name: String, shape: Shape, elements: [Int], elementType: ElementType? = nil) {
      self.name = name
      self.shape = shape
      self.elements = elements
      self.elementType = elementType
    }

    init(_ tensor: IntegerTensor, named name: String) {
      self.init(
        name: name, shape: tensor.shape, elements: tensor.elements, elementType: tensor.isBoolean ? .boolean : nil)
    }
  }
}

extension Network {
  /// The network without its weights.
  public var topology: NetworkTopology {
    var weights: [ValueDescription] = []
    var integers: [NetworkTopology.NamedIntegers] = []
    for (name, constant) in constants.sorted(by: { $0.key < $1.key }) {
      switch constant {
      case .float(let tensor): weights.append(ValueDescription(name: name, shape: tensor.shape))
      case .integer(let tensor): integers.append(.init(tensor, named: name))
      }
    }
    return NetworkTopology(
      name: name, opset: opset, inputs: inputs, outputs: outputs, nodes: nodes, weights: weights, integers: integers)
  }

  /// The weights that belong to `topology`, by name.
  public var weights: [String: Tensor] {
    constants.compactMapValues { if case .float(let tensor) = $0 { tensor } else { nil } }
  }

  /// A network from its topology and its weights, checked: both may come from a wire. Throws where a weight is missing,
  /// superfluous or of another shape, and whatever is wrong with the graph or a node.
  public init(_ topology: NetworkTopology, weights: [String: Tensor]) throws(NetworkError) {
    var constants: [String: Constant] = [:]
    guard NetworkLimits.opsets.contains(topology.opset) else {
      throw .invalidGraph("its opset is \(topology.opset); edgemesh knows \(NetworkLimits.opsets)")
    }
    for description in topology.weights {
      guard let tensor = weights[description.name] else {
        throw .invalidGraph("the weights '\(description.name)' are missing")
      }
      guard tensor.shape == description.shape else {
        throw .invalidGraph("the weights '\(description.name)' are \(tensor.shape), not \(description.shape)")
      }
      constants[description.name] = .float(tensor)
    }
    guard constants.count == weights.count, constants.count == topology.weights.count else {
      throw .invalidGraph("there are weights that the network does not list, or lists twice")
    }
    for integers in topology.integers {
      let isBoolean = integers.elementType == .boolean
      guard integers.shape.rank <= NetworkLimits.maximumRank,
        integers.shape.dimensions.allSatisfy({ $0 <= 1 << 32 }),
        integers.shape.checkedElementCount() == integers.elements.count,
        !isBoolean || integers.elements.allSatisfy({ $0 == 0 || $0 == 1 }),
        constants.updateValue(
          .integer(IntegerTensor(shape: integers.shape, elements: integers.elements, isBoolean: isBoolean)),
          forKey: integers.name) == nil
      else { throw .invalidGraph("the constant '\(integers.name)' does not fit its shape, or is given twice") }
    }
    self.init(
      name: topology.name, opset: topology.opset, inputs: topology.inputs, outputs: topology.outputs,
      nodes: topology.nodes, constants: constants)
    self = try validated()
    let shapes = try inferredShapes()
    let types = try inferredTypes()
    for output in outputs where types[output.name] != output.elementType {
      throw .invalidGraph(
        "the output '\(output.name)' holds \(types[output.name] ?? .float), not \(output.elementType)")
    }
    for output in outputs where shapes[output.name] != output.shape {
      throw .invalidGraph("the output '\(output.name)' is \(shapes[output.name] ?? []), not \(output.shape)")
    }
  }
}
