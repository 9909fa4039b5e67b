import Networks
import Tensors

/// A network without the elements of its constants, as it stands in a shard's metadata. Floats are written by their
/// bits, so that the text says exactly what the attribute is.
extension Network {
  var topologyDocument: JSONValue {
    .object([
      "constants": .strings(constants.keys.sorted()),
      "inputs": .array(inputs.map(\.topologyDocument)),
      "name": .string(name),
      "nodes": .array(nodes.map(\.topologyDocument)),
      "opset": .integer(opset),
      "outputs": .array(outputs.map(\.topologyDocument)),
    ])
  }

  private static let topologyFields: Set<String> = ["constants", "inputs", "name", "nodes", "opset", "outputs"]

  /// Reads a topology; the second value names the constants that go with it.
  static func reading(_ reader: inout JSONReader) throws(JSONError) -> (network: Network, constants: [String]) {
    var network = Network(name: "", opset: 0, inputs: [], outputs: [], nodes: [], constants: [:])
    var constants: [String] = []
    try reader.object(fields: topologyFields) { (reader, field) throws(JSONError) in
      switch field {
      case "name": network.name = try reader.string(limit: ShardLimits.nameBytes)
      case "opset": network.opset = try reader.integer(in: 1...1000)
      case "inputs": network.inputs = try reader.array(limit: PlanLimits.values, ValueDescription.reading)
      case "outputs": network.outputs = try reader.array(limit: PlanLimits.values, ValueDescription.reading)
      case "nodes": network.nodes = try reader.array(limit: ShardLimits.nodes, Node.reading)
      default: constants = try reader.names(limit: ShardLimits.tensors)
      }
    }
    return (network, constants)
  }
}

extension JSONReader {
  fileprivate mutating func names(limit: Int) throws(JSONError) -> [String] {
    try array(limit: limit) { (reader) throws(JSONError) in try reader.string(limit: ShardLimits.nameBytes) }
  }
}

extension ValueDescription {
  fileprivate var topologyDocument: JSONValue {
    var members: [String: JSONValue] = ["name": .string(name), "shape": .integers(shape.dimensions)]
    // Floats are the rule, and are not mentioned.
    if elementType != .float { members["elementType"] = .string(elementType.rawValue) }
    return .object(members)
  }

  fileprivate static func reading(_ reader: inout JSONReader) throws(JSONError) -> ValueDescription {
    var value = ValueDescription(name: "", shape: [])
    try reader.object(fields: ["name", "shape"], optional: ["elementType"]) { (reader, field) throws(JSONError) in
      switch field {
      case "name": value.name = try reader.string(limit: PlanLimits.nameBytes)
      case "shape": value.shape = try Shape(from: &reader)
      default: value.elementType = try reader.word(ElementType.self)
      }
    }
    return value
  }
}

extension Node {
  fileprivate var topologyDocument: JSONValue {
    .object([
      "attributes": .object(attributes.mapValues(\.topologyDocument)),
      "inputs": .strings(inputs),
      "name": .string(name),
      "operatorType": .string(operatorType),
      "outputs": .strings(outputs),
    ])
  }

  private static let fields: Set<String> = ["attributes", "inputs", "name", "operatorType", "outputs"]

  fileprivate static func reading(_ reader: inout JSONReader) throws(JSONError) -> Node {
    var node = Node(name: "", operatorType: "", inputs: [], outputs: [])
    try reader.object(fields: fields) { (reader, field) throws(JSONError) in
      switch field {
      case "name": node.name = try reader.string(limit: ShardLimits.nameBytes)
      case "operatorType": node.operatorType = try reader.string(limit: 256)
      case "inputs": node.inputs = try reader.names(limit: ShardLimits.valuesPerNode)
      case "outputs": node.outputs = try reader.names(limit: ShardLimits.valuesPerNode)
      default:
        try reader.members(limit: ShardLimits.attributes) { (reader, name) throws(JSONError) in
          node.attributes[name] = try Attribute.reading(&reader)
        }
      }
    }
    return node
  }
}

extension Attribute {
  fileprivate var topologyDocument: JSONValue {
    switch self {
    case .integer(let value): .object(["integer": .integer(value)])
    case .integers(let values): .object(["integers": .integers(values)])
    case .float(let value): .object(["floatBits": .integer(Int(value.bitPattern))])
    case .floats(let values): .object(["floatsBits": .integers(values.map { Int($0.bitPattern) })])
    case .string(let value): .object(["string": .string(value)])
    case .strings(let values): .object(["strings": .strings(values)])
    }
  }

  fileprivate static func reading(_ reader: inout JSONReader) throws(JSONError) -> Attribute {
    var attribute: Attribute?
    let bits = 0...Int(UInt32.max)
    let limit = ShardLimits.attributeElements
    try reader.members(limit: 1) { (reader, kind) throws(JSONError) in
      switch kind {
      case "integer": attribute = .integer(try reader.integer(in: -Int.max...Int.max))
      case "integers": attribute = .integers(try reader.integers(in: -Int.max...Int.max, limit: limit))
      case "floatBits": attribute = .float(Float(bitPattern: UInt32(try reader.integer(in: bits))))
      case "floatsBits":
        attribute = .floats(try reader.integers(in: bits, limit: limit).map { Float(bitPattern: UInt32($0)) })
      case "string": attribute = .string(try reader.string(limit: ShardLimits.nameBytes))
      case "strings":
        attribute = .strings(
          try reader.array(limit: limit) { (reader) throws(JSONError) in
            try reader.string(limit: ShardLimits.nameBytes)
          })
      default: throw reader.failure("unknown kind of attribute")
      }
    }
    guard let attribute else { throw reader.failure("is an attribute without a value") }
    return attribute
  }
}
