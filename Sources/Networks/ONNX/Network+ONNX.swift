public import Tensors

/// A network read from a file.
public struct LoadedNetwork: Sendable {
  public var network: Network
  /// SHA-256 in hexadecimal of the file's bytes and, where weights lie in other files, of theirs after it, in the order
  /// of their names: what plans and shards name the network by.
  public var digest: String

  public init(network: Network, digest: String) {
    self.network = network
    self.digest = digest
  }
}

extension Network {
  /// Reads an ONNX file: IR version 3 and later, opsets 7 to 28, weights inside the file or in others beside it.
  ///
  /// The network is validated, its batch frozen to one sample and, unless told otherwise, simplified. Throws
  /// `unreadable` (no such file), `malformedFile` (not ONNX, or ONNX that we do not read), `unsupportedOperators` (all
  /// of them at once), `invalidGraph` or `invalidNode`.
  ///
  /// - Parameters:
  ///   - shapes: of inputs, by name, for dimensions that the file leaves open; what it fixes stays.
  ///   - fixed: values of inputs, by name, that are the same at every run: these are constants then, and no inputs.
  public static func load(
    onnx path: String, shapes: [String: Shape] = [:], fixed: [String: Constant] = [:], simplifying: Bool = true
  ) throws(NetworkError) -> LoadedNetwork {
    let file = try MappedFile(path: path)
    let external = ExternalData(besideModelAt: path)
    let network = try read(file, shapes: shapes, fixed: fixed, external: external)
    let digest = external.digest(model: file)
    return LoadedNetwork(network: simplifying ? try network.simplified() : network, digest: digest)
  }

  /// The same without the digest, for whom the network need not be named: that would take longer than all the rest.
  public static func read(
    onnx path: String, shapes: [String: Shape] = [:], simplifying: Bool = true, forTraining: Bool = false
  ) throws(NetworkError) -> Network {
    let file = try MappedFile(path: path)
    let network = try read(file, shapes: shapes, fixed: [:], external: ExternalData(besideModelAt: path))
    return simplifying ? try network.simplified(forTraining: forTraining) : network
  }

  private static func read(
    _ file: borrowing MappedFile, shapes: [String: Shape], fixed: [String: Constant], external: ExternalData
  ) throws(NetworkError) -> Network {
    try unsafe file.withBytes { (bytes: UnsafeRawBufferPointer) throws(NetworkError) -> Network in
      let elements = unsafe bytes.assumingMemoryBound(to: UInt8.self)
      return try unsafe Network(
        onnx: Span(_unsafeElements: elements), shapes: shapes, fixed: fixed, external: external,
        // Weights are not to be held a second time as pages of the file.
        releasing: { file.release($0) })
    }
  }

  /// The network that the bytes of an ONNX file hold, validated but not simplified.
  public init(onnx bytes: [UInt8]) throws(NetworkError) { try self.init(onnx: bytes.span) }

  init(
    onnx bytes: Span<UInt8>, shapes: [String: Shape] = [:], fixed: [String: Constant] = [:],
    external: ExternalData? = nil, releasing release: (Range<Int>) -> Void = { _ in }
  ) throws(NetworkError) {
    let model = try ONNXModel(bytes)
    guard let graph = model.graph else { throw .malformedFile("it holds no graph") }
    guard let opset = model.opsets[""] else { throw .malformedFile("it names no opset") }
    guard NetworkLimits.opsets.contains(opset) else {
      throw .malformedFile(
        "its opset is \(opset); edgemesh reads \(NetworkLimits.opsets.lowerBound) to "
          + "\(NetworkLimits.opsets.upperBound), export again with one of these")
    }
    self.init(
      name: graph.name, opset: opset, inputs: [], outputs: [], nodes: [], constants: [:])
    let names = Self.uniqueNames(of: graph.nodes)
    let unknown = zip(graph.nodes, names).filter { node, _ in
      node.qualifiedType != "Constant" && !OperatorLibrary.contains(node.qualifiedType)
    }
    guard unknown.isEmpty else {
      throw .unsupportedOperators(unknown.map { "\($0.qualifiedType) (node '\($1)', opset \(opset))" })
    }
    guard !graph.hasSparseInitialisers else { throw .malformedFile("it has sparse tensors; save them dense") }
    for tensor in graph.initialisers {
      let constant = try tensor.constant(in: bytes, external: external, releasing: release)
      guard constants.updateValue(constant, forKey: tensor.name) == nil else {
        throw .invalidGraph("the constant '\(tensor.name)' is given twice")
      }
    }
    for input in graph.inputs where constants[input.name] == nil { constants[input.name] = fixed[input.name] }
    // Old files list every initialiser among the inputs, too.
    for input in graph.inputs where constants[input.name] == nil {
      inputs.append(try Self.frozen(input, given: shapes[input.name]))
    }
    for (node, name) in zip(graph.nodes, names) { try add(node, named: name, bytes: bytes, external: external) }
    outputs = graph.outputs.map { ValueDescription(name: $0.name, shape: []) }
    self = try validated()
  }

  /// Every node gets a name of its own, the file's where it gives one.
  static func uniqueNames(of nodes: [ONNXNode]) -> [String] {
    var taken = Set(nodes.map(\.name))
    var seen: Set<String> = []
    var names: [String] = []
    for (index, node) in nodes.enumerated() {
      if !node.name.isEmpty, seen.insert(node.name).inserted {
        names.append(node.name)
        continue
      }
      var name = "\(node.operatorType)_\(index)"
      while !taken.insert(name).inserted { name += "'" }
      names.append(name)
    }
    return names
  }

  /// An input with its batch frozen to one sample; all other dimensions must be fixed, by the file or by `given`.
  static func frozen(_ input: ONNXValue, given: Shape? = nil) throws(NetworkError) -> ValueDescription {
    guard let number = input.elementType else { throw .malformedFile("the input '\(input.name)' is no tensor") }
    guard let type = ONNXElementType(rawValue: number) else {
      throw .malformedFile(
        "the input '\(input.name)' has elements of type \(ONNXElementType.name(of: number)); edgemesh takes floats, "
          + "integers and booleans")
    }
    guard let shape = input.frozenShape(given: given) else {
      guard input.dimensions != nil else {
        throw .invalidGraph("the input '\(input.name)' declares no dimensions; \(input.openShapeRemedy)")
      }
      throw .invalidGraph(
        "dimension \(input.openDimensionWords) of the input '\(input.name)' is not fixed; \(input.openShapeRemedy)")
    }
    return ValueDescription(name: input.name, shape: shape, elementType: type.elementType)
  }

  mutating func add(
    _ node: ONNXNode, named name: String, bytes: Span<UInt8>, external: ExternalData?
  ) throws(NetworkError) {
    if node.qualifiedType == "Constant" {
      guard let output = node.outputs.first, constants[output] == nil else {
        throw .invalidGraph("node '\(name)' (Constant) gives no value or one that is given already")
      }
      constants[output] = try Self.constant(of: node, named: name, bytes: bytes, external: external)
      return
    }
    var attributes: [String: Attribute] = [:]
    for attribute in node.attributes {
      switch attribute.value {
      case .plain(let value): attributes[attribute.name] = value
      case .tensor(let tensor):
        // Of our operators only ConstantOfShape has one, of a single element.
        let constant = try tensor.constant(in: bytes, external: external)
        guard constant.shape.elementCount == 1 else {
          throw .invalidNode(
            node: name, operatorType: node.operatorType, reason: "attribute '\(attribute.name)' is a whole tensor")
        }
        switch constant {
        case .float(let tensor): attributes[attribute.name] = .float(tensor[0])
        case .integer(let tensor) where tensor.isBoolean:
          attributes[attribute.name] = .string(tensor.elements[0] == 0 ? "false" : "true")
        case .integer(let tensor): attributes[attribute.name] = .integer(tensor.elements[0])
        }
      case .other: break
      }
    }
    func trimmed(_ names: [String]) -> [String] {
      Array(names.prefix((names.lastIndex { !$0.isEmpty } ?? -1) + 1))
    }
    nodes.append(
      Node(
        name: name, operatorType: node.qualifiedType, inputs: trimmed(node.inputs), outputs: trimmed(node.outputs),
        attributes: attributes))
  }

  private static func constant(
    of node: ONNXNode, named name: String, bytes: Span<UInt8>, external: ExternalData?
  ) throws(NetworkError) -> Constant {
    for attribute in node.attributes {
      switch (attribute.name, attribute.value) {
      case ("value", .tensor(let tensor)): return try tensor.constant(in: bytes, external: external)
      case ("value_float", .plain(.float(let number))): return .float(.init(shape: [], elements: [number]))
      case ("value_floats", .plain(.floats(let numbers))):
        return .float(.init(shape: [numbers.count], elements: numbers))
      case ("value_int", .plain(.integer(let number))):
        return .integer(IntegerTensor(shape: [], elements: [number]))
      case ("value_ints", .plain(.integers(let numbers))):
        return .integer(IntegerTensor(shape: [numbers.count], elements: numbers))
      default: break
      }
    }
    throw .invalidNode(node: name, operatorType: "Constant", reason: "holds neither a tensor nor numbers")
  }
}
