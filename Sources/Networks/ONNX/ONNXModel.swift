/// What we read of an ONNX model (`onnx.proto`, IR version 3 and later), its strings decoded and its tensors still in
/// the file's bytes. Field numbers are those of `onnx.proto`; fields that do not matter here are skipped.
struct ONNXModel {
  /// The program that wrote the file, with its version; empty where the file does not say.
  var producer = ""
  var graph: ONNXGraph?
  /// By domain; "" is ONNX's own.
  var opsets: [String: Int] = [:]

  init(_ bytes: Span<UInt8>) throws(NetworkError) {
    var reader = ProtobufReader(0..<bytes.count)
    var version = ""
    while let field = try reader.next(in: bytes) {
      switch (field.number, field.value) {
      // For people alone: nothing depends on how they are encoded.
      case (2, .bytes(let range)): producer = (try? Self.string(range, in: bytes)) ?? ""
      case (3, .bytes(let range)): version = (try? Self.string(range, in: bytes)) ?? ""
      case (7, .bytes(let range)): graph = try ONNXGraph(range, in: bytes)
      case (8, .bytes(let range)):
        let (domain, version) = try Self.opset(range, in: bytes)
        opsets[domain] = version
      case (7, _), (8, _): throw .malformedFile("a model's field \(field.number) has the wrong type")
      default: break
      }
    }
    if !producer.isEmpty, !version.isEmpty { producer += " " + version }
  }

  private static func opset(_ range: Range<Int>, in bytes: Span<UInt8>) throws(NetworkError) -> (String, Int) {
    var domain = ""
    var version = 0
    var reader = ProtobufReader(range)
    while let field = try reader.next(in: bytes) {
      switch (field.number, field.value) {
      case (1, .bytes(let range)): domain = try string(range, in: bytes)
      case (2, .varint(let value)): version = Int(truncatingIfNeeded: value)
      default: break
      }
    }
    return (domain == "ai.onnx" ? "" : domain, version)
  }

  /// A name, which must be UTF-8 and not endless.
  static func string(_ range: Range<Int>, in bytes: Span<UInt8>) throws(NetworkError) -> String {
    guard range.count <= NetworkLimits.nameBytes else {
      throw .malformedFile("a name is \(range.count) bytes long; edgemesh takes \(NetworkLimits.nameBytes)")
    }
    var copy: [UInt8] = []
    copy.reserveCapacity(range.count)
    for index in range { copy.append(bytes[index]) }
    guard let string = String(validating: copy, as: UTF8.self) else {
      throw .malformedFile("a name is not UTF-8 (at byte \(range.lowerBound))")
    }
    return string
  }
}

struct ONNXGraph {
  var name = ""
  var nodes: [ONNXNode] = []
  var initialisers: [ONNXTensor] = []
  var inputs: [ONNXValue] = []
  var outputs: [ONNXValue] = []
  var hasSparseInitialisers = false

  init(_ range: Range<Int>, in bytes: Span<UInt8>) throws(NetworkError) {
    var reader = ProtobufReader(range)
    while let field = try reader.next(in: bytes) {
      guard case .bytes(let range) = field.value else {
        if [1, 2, 5, 11, 12].contains(field.number) {
          throw .malformedFile("a graph's field \(field.number) has the wrong type")
        }
        continue
      }
      switch field.number {
      case 1: nodes.append(try ONNXNode(range, in: bytes))
      case 2: name = try ONNXModel.string(range, in: bytes)
      case 5: initialisers.append(try ONNXTensor(range, in: bytes))
      case 11: inputs.append(try ONNXValue(range, in: bytes))
      case 12: outputs.append(try ONNXValue(range, in: bytes))
      case 15: hasSparseInitialisers = true
      default: break
      }
    }
  }
}

struct ONNXNode {
  var name = ""
  var operatorType = ""
  var domain = ""
  var inputs: [String] = []
  var outputs: [String] = []
  var attributes: [ONNXAttribute] = []

  init(_ range: Range<Int>, in bytes: Span<UInt8>) throws(NetworkError) {
    var reader = ProtobufReader(range)
    while let field = try reader.next(in: bytes) {
      guard case .bytes(let range) = field.value else {
        if (1...7).contains(field.number) { throw .malformedFile("a node's field \(field.number) has the wrong type") }
        continue
      }
      switch field.number {
      case 1: inputs.append(try ONNXModel.string(range, in: bytes))
      case 2: outputs.append(try ONNXModel.string(range, in: bytes))
      case 3: name = try ONNXModel.string(range, in: bytes)
      case 4: operatorType = try ONNXModel.string(range, in: bytes)
      case 5: attributes.append(try ONNXAttribute(range, in: bytes))
      case 7: domain = try ONNXModel.string(range, in: bytes)
      default: break
      }
    }
    guard !operatorType.isEmpty else { throw .malformedFile("node '\(name)' names no operator") }
    guard Set(attributes.map(\.name)).count == attributes.count else {
      throw .malformedFile("node '\(name)' (\(operatorType)) has an attribute twice")
    }
  }

  /// The operator's name, with its domain where that is not ONNX's own.
  var qualifiedType: String { domain.isEmpty || domain == "ai.onnx" ? operatorType : "\(domain).\(operatorType)" }
}

struct ONNXAttribute {
  enum Value {
    case plain(Attribute)
    case tensor(ONNXTensor)
    /// Graphs and what else no operator of ours takes.
    case other
  }

  var name = ""
  var value = Value.other

  init(_ range: Range<Int>, in bytes: Span<UInt8>) throws(NetworkError) {
    var type: UInt64?
    var float: Float?
    var integer: Int?
    var string: String?
    var tensor: ONNXTensor?
    var floats: [Float] = []
    var integers: [Int] = []
    var strings: [String] = []
    var reader = ProtobufReader(range)
    while let field = try reader.next(in: bytes) {
      switch (field.number, field.value) {
      case (1, .bytes(let range)): name = try ONNXModel.string(range, in: bytes)
      case (2, .fixed32(let bits)): float = Float(bitPattern: bits)
      case (3, .varint(let value)): integer = Int(truncatingIfNeeded: value)
      // Strings of other encodings belong to operators that we do not have.
      case (4, .bytes(let range)): string = try? ONNXModel.string(range, in: bytes)
      case (5, .bytes(let range)): tensor = try ONNXTensor(range, in: bytes)
      case (7, .fixed32(let bits)): floats.append(Float(bitPattern: bits))
      case (7, .bytes(let range)): floats += try ONNXTensor.floats(range, in: bytes)
      case (8, .varint(let value)): integers.append(Int(truncatingIfNeeded: value))
      case (8, .bytes(let range)): integers += try ONNXTensor.integers(range, in: bytes)
      case (9, .bytes(let range)): strings.append((try? ONNXModel.string(range, in: bytes)) ?? "")
      case (20, .varint(let value)): type = value
      case (2, _), (3, _), (4, _), (5, _), (7, _), (8, _), (9, _), (20, _):
        throw .malformedFile("attribute '\(name)' has a field \(field.number) of the wrong type")
      default: break
      }
    }
    switch type {
    case 1: value = .plain(.float(float ?? 0))
    case 2: value = .plain(.integer(integer ?? 0))
    case 3: value = .plain(.string(string ?? ""))
    case 4: value = tensor.map { .tensor($0) } ?? .other
    case 6: value = .plain(.floats(floats))
    case 7: value = .plain(.integers(integers))
    case 8: value = .plain(.strings(strings))
    case nil:
      // Old writers leave the type out: what is given tells.
      if let tensor {
        value = .tensor(tensor)
      } else if let float {
        value = .plain(.float(float))
      } else if let string {
        value = .plain(.string(string))
      } else if !floats.isEmpty {
        value = .plain(.floats(floats))
      } else if !integers.isEmpty {
        value = .plain(.integers(integers))
      } else if !strings.isEmpty {
        value = .plain(.strings(strings))
      } else if let integer {
        value = .plain(.integer(integer))
      }
    default: value = .other
    }
  }
}

/// A graph's input or output: its name and, for a tensor, its element type and dimensions.
struct ONNXValue {
  enum Dimension: Hashable {
    case fixed(Int)
    case named(String)
  }

  var name = ""
  /// Nil for sequences, maps and values without a type.
  var elementType: Int?
  var dimensions: [Dimension]?

  init(_ range: Range<Int>, in bytes: Span<UInt8>) throws(NetworkError) {
    var reader = ProtobufReader(range)
    while let field = try reader.next(in: bytes) {
      guard case .bytes(let range) = field.value else { continue }
      if field.number == 1 { name = try ONNXModel.string(range, in: bytes) }
      if field.number == 2 { try readType(range, in: bytes) }
    }
  }

  private mutating func readType(_ range: Range<Int>, in bytes: Span<UInt8>) throws(NetworkError) {
    var types = ProtobufReader(range)
    while let field = try types.next(in: bytes) {
      guard field.number == 1, case .bytes(let range) = field.value else { continue }
      var tensor = ProtobufReader(range)
      while let field = try tensor.next(in: bytes) {
        switch (field.number, field.value) {
        case (1, .varint(let value)): elementType = Int(truncatingIfNeeded: value)
        case (2, .bytes(let range)):
          var dimensions: [Dimension] = []
          var shape = ProtobufReader(range)
          while let field = try shape.next(in: bytes) {
            guard field.number == 1, case .bytes(let range) = field.value else { continue }
            dimensions.append(try Self.dimension(range, in: bytes))
          }
          self.dimensions = dimensions
        default: break
        }
      }
    }
  }

  private static func dimension(_ range: Range<Int>, in bytes: Span<UInt8>) throws(NetworkError) -> Dimension {
    var result = Dimension.named("")
    var reader = ProtobufReader(range)
    while let field = try reader.next(in: bytes) {
      switch (field.number, field.value) {
      case (1, .varint(let value)): result = .fixed(Int(truncatingIfNeeded: value))
      case (2, .bytes(let range)): result = .named(try ONNXModel.string(range, in: bytes))
      default: break
      }
    }
    return result
  }
}
