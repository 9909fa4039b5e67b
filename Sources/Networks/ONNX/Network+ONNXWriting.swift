import Tensors

extension Network {
  /// The network as the bytes of an ONNX file (IR version 8, the network's opset; our own operators in the domain
  /// `edgemesh`). Parameters that our passes and cuts keep as attributes become constant inputs where the opset wants
  /// them so. Reading it gives the same network back, but for names of such constants.
  public func onnx() -> [UInt8] {
    var network = self
    network.moveAttributesToInputs()
    var writer = ProtobufWriter()
    writer.integer(1, 8)
    writer.string(2, "edgemesh")
    writer.message(7) { network.write(to: &$0) }
    if nodes.contains(where: { $0.operatorType.hasPrefix(Self.ownDomain) }) {
      writer.message(8) {
        $0.string(1, "edgemesh")
        $0.integer(2, 1)
      }
    }
    writer.message(8) { $0.integer(2, opset) }
    return writer.bytes
  }

  private static let ownDomain = "edgemesh."

  /// Attributes that later opsets have as inputs: the operator, its first such opset, the names at positions 1, 2, ...
  private static let movedAttributes: [String: (opset: Int, names: [String])] = [
    "Slice": (10, ["starts", "ends", "axes", "steps"]), "Pad": (11, ["pads"]), "Reshape": (5, ["shape"]),
    "Expand": (8, ["shape"]), "Tile": (6, ["repeats"]),
    "Squeeze": (13, ["axes"]), "Unsqueeze": (13, ["axes"]), "Split": (13, ["split"]), "ReduceMean": (18, ["axes"]),
  ]

  private mutating func moveAttributesToInputs() {
    var taken = Set(constants.keys).union(inputs.map(\.name)).union(nodes.flatMap(\.outputs))
    for index in nodes.indices {
      guard let moved = Self.movedAttributes[nodes[index].operatorType], opset >= moved.opset else { continue }
      for (position, name) in zip(1..., moved.names) {
        guard case .integers(let values) = nodes[index].attributes[name] else { continue }
        nodes[index].attributes[name] = nil
        var constant = "\(nodes[index].name).\(name)"
        while !taken.insert(constant).inserted { constant += "'" }
        while nodes[index].inputs.count <= position { nodes[index].inputs.append("") }
        nodes[index].inputs[position] = constant
        constants[constant] = .integer(IntegerTensor(shape: [values.count], elements: values))
      }
    }
  }

  private func write(to graph: inout ProtobufWriter) {
    for node in nodes { graph.message(1) { Self.write(node, to: &$0) } }
    graph.string(2, name)
    for (name, constant) in constants.sorted(by: { $0.key < $1.key }) {
      graph.message(5) { Self.write(constant, named: name, to: &$0) }
    }
    for input in inputs { graph.message(11) { Self.write(input, to: &$0) } }
    for output in outputs { graph.message(12) { Self.write(output, to: &$0) } }
  }

  private static func write(_ node: Node, to message: inout ProtobufWriter) {
    for input in node.inputs { message.string(1, input) }
    for output in node.outputs { message.string(2, output) }
    message.string(3, node.name)
    let isOwn = node.operatorType.hasPrefix(ownDomain)
    message.string(4, isOwn ? String(node.operatorType.dropFirst(ownDomain.count)) : node.operatorType)
    for (name, attribute) in node.attributes.sorted(by: { $0.key < $1.key }) {
      message.message(5) { write(attribute, named: name, of: node, to: &$0) }
    }
    if isOwn { message.string(7, "edgemesh") }
  }

  private static func write(
    _ attribute: Attribute, named name: String, of node: Node, to message: inout ProtobufWriter
  ) {
    message.string(1, name)
    if node.operatorType == "ConstantOfShape", name == "value" {
      // Importing took the number out of a tensor of one element.
      switch attribute {
      case .integer(let value):
        message.message(5) { write(.integer(IntegerTensor(shape: [1], elements: [value])), named: "", to: &$0) }
      case .float(let value):
        message.message(5) { write(.float(Tensor(shape: [1], elements: [value])), named: "", to: &$0) }
      case .string(let word):
        let tensor = IntegerTensor(shape: [1], elements: [word == "true" ? 1 : 0], isBoolean: true)
        message.message(5) { write(.integer(tensor), named: "", to: &$0) }
      default: break
      }
      message.integer(20, 4)
      return
    }
    switch attribute {
    case .float(let value):
      message.float(2, value)
      message.integer(20, 1)
    case .integer(let value):
      message.integer(3, value)
      message.integer(20, 2)
    case .string(let value):
      message.string(4, value)
      message.integer(20, 3)
    case .strings(let values):
      for value in values { message.string(9, value) }
      message.integer(20, 8)
    case .floats(let values):
      for value in values { message.float(7, value) }
      message.integer(20, 6)
    case .integers(let values):
      for value in values { message.integer(8, value) }
      message.integer(20, 7)
    }
  }

  static func write(_ constant: Constant, named name: String, to message: inout ProtobufWriter) {
    for extent in constant.shape.dimensions { message.integer(1, extent) }
    var raw: [UInt8] = []
    switch constant {
    case .float(let tensor):
      message.integer(2, ONNXElementType.float.rawValue)
      raw.reserveCapacity(4 * tensor.count)
      for element in tensor.elements {
        for shift in [0, 8, 16, 24] { raw.append(UInt8(truncatingIfNeeded: element.bitPattern >> UInt32(shift))) }
      }
    case .integer(let tensor):
      message.integer(2, ONNXElementType(tensor.elementType).rawValue)
      if tensor.isBoolean { raw = tensor.elements.map { $0 == 0 ? 0 : 1 } }
      for element in tensor.elements where !tensor.isBoolean {
        let bits = UInt64(bitPattern: Int64(element))
        for shift in stride(from: 0, to: 64, by: 8) { raw.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift))) }
      }
    }
    message.string(8, name)
    message.bytes(9, raw)
  }

  private static func write(_ value: ValueDescription, to message: inout ProtobufWriter) {
    message.string(1, value.name)
    message.message(2) { type in
      type.message(1) { tensor in
        tensor.integer(1, ONNXElementType(value.elementType).rawValue)
        tensor.message(2) { shape in
          for extent in value.shape.dimensions { shape.message(1) { $0.integer(1, extent) } }
        }
      }
    }
  }
}
