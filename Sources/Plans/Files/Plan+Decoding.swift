import Tensors

extension Plan {
  /// Reads a plan file's bytes; every field is checked, and all fields against each other.
  public init(decoding bytes: [UInt8]) throws(PlanError) {
    guard bytes.count <= PlanLimits.fileBytes else {
      throw .invalid(field: "file", reason: "has \(bytes.count) bytes, more than \(PlanLimits.fileBytes)")
    }
    try Self.checkVersion(bytes)
    do {
      var reader = JSONReader(bytes)
      self = try Plan(from: &reader)
      try reader.end()
    } catch {
      throw PlanError(error)
    }
    try validate()
  }

  /// Looks at the version alone first, so that a file of a later version is refused as such. Keys are sorted, so a plan
  /// that we wrote has only reserved lists and fills before it.
  private static func checkVersion(_ bytes: [UInt8]) throws(PlanError) {
    let key = Array("\"formatVersion\":".utf8)
    guard let start = bytes.prefix(1 << 16).firstRange(of: key)?.upperBound else { return }
    let digits = bytes[start...].prefix(20).drop { $0 == 0x20 }.prefix { $0 >= 0x30 && $0 <= 0x39 }
    let version = String(decoding: digits, as: UTF8.self)
    if !version.isEmpty, version != String(formatVersion) { throw .unsupportedVersion(version) }
  }

  private static let fields: Set<String> = [
    "expectedAccuracy", "exits", "fills", "formatVersion", "gatewaySeat", "inputs", "network", "outputs", "reserves",
    "seats", "stages", "strategy", "tailInputs", "variants",
  ]

  private init(from reader: inout JSONReader) throws(JSONError) {
    var plan = Plan(
      network: NetworkReference(name: "", digest: ""), inputs: [], outputs: [], seats: [], strategy: Strategy(name: ""),
      stages: [], tailInputs: [], fills: [])
    try reader.object(fields: Self.fields, optional: ["weightType"]) { (reader, field) throws(JSONError) in
      switch field {
      case "formatVersion": _ = try reader.integer(in: Self.formatVersion...Self.formatVersion)
      case "gatewaySeat": try reader.null()
      case "network": plan.network = try NetworkReference(from: &reader)
      case "inputs": plan.inputs = try reader.array(limit: PlanLimits.networkValues, PlanValue.init(from:))
      case "outputs": plan.outputs = try reader.array(limit: PlanLimits.networkValues, PlanValue.init(from:))
      case "seats": plan.seats = try reader.array(limit: PlanLimits.seats, Seat.init(from:))
      case "strategy": plan.strategy = try Strategy(from: &reader)
      case "weightType": plan.weightType = try reader.word(WeightType.self)
      case "tailInputs":
        plan.tailInputs = try reader.array(limit: PlanLimits.values) { (reader) throws(JSONError) in
          try reader.string(limit: PlanLimits.nameBytes)
        }
      case "fills": plan.fills = try reader.array(limit: Fill.allCases.count, Fill.init(from:))
      case "stages":
        let seats = PlanLimits.seats
        plan.stages = try reader.array(limit: PlanLimits.stages) { (reader) throws(JSONError) in
          try Stage(from: &reader, seats: seats)
        }
      default: try reader.emptyArray()
      }
    }
    self = plan
  }
}

extension JSONReader {
  /// A reserved list.
  fileprivate mutating func emptyArray() throws(JSONError) {
    _ = try array(limit: 1) { (reader) throws(JSONError) in
      throw reader.failure("is in use, which this version does not support")
    }
  }

  /// A reserved object.
  fileprivate mutating func emptyObject() throws(JSONError) { try object(fields: []) { (_, _) throws(JSONError) in } }

  mutating func word<Word: RawRepresentable<String>>(_: Word.Type) throws(JSONError) -> Word {
    let text = try string(limit: 64)
    guard let word = Word(rawValue: text) else { throw failure("'\(text)' is not known to this version") }
    return word
  }
}

extension NetworkReference {
  init(from reader: inout JSONReader) throws(JSONError) {
    var name = ""
    var digest = ""
    try reader.object(fields: ["name", "digest"]) { (reader, field) throws(JSONError) in
      if field == "name" {
        name = try reader.string(limit: PlanLimits.nameBytes)
      } else {
        digest = try reader.string(limit: 64)
      }
    }
    self.init(name: name, digest: digest)
  }
}

extension PlanValue {
  init(from reader: inout JSONReader) throws(JSONError) {
    self.init(name: "", shape: [])
    try reader.object(fields: ["name", "shape"]) { (reader, field) throws(JSONError) in
      if field == "name" {
        name = try reader.string(limit: PlanLimits.nameBytes)
      } else {
        shape = try Shape(from: &reader)
      }
    }
  }
}

extension Shape {
  init(from reader: inout JSONReader) throws(JSONError) {
    self.init(try reader.integers(in: 1...PlanLimits.elements, limit: PlanLimits.rank))
    guard checkedElementCount(limit: PlanLimits.elements) != nil else {
      throw reader.failure("is a shape with more than \(PlanLimits.elements) elements")
    }
  }
}

extension Seat {
  init(from reader: inout JSONReader) throws(JSONError) {
    var memoryBytes = 0
    var mayReceiveInput = true
    try reader.object(fields: ["mayReceiveInput", "memoryBytes", "speed"]) { (reader, field) throws(JSONError) in
      switch field {
      case "memoryBytes": memoryBytes = try reader.integer(in: 0...PlanLimits.memoryBytes)
      case "mayReceiveInput": mayReceiveInput = try reader.boolean()
      default: try reader.null()
      }
    }
    self.init(memoryBytes: memoryBytes, mayReceiveInput: mayReceiveInput)
  }
}

extension Strategy {
  init(from reader: inout JSONReader) throws(JSONError) {
    var name = ""
    var parameters: [String: String] = [:]
    try reader.object(fields: ["name", "parameters"]) { (reader, field) throws(JSONError) in
      if field == "name" {
        name = try reader.string(limit: PlanLimits.nameBytes)
      } else {
        try reader.members(limit: PlanLimits.parameters) { (reader, parameter) throws(JSONError) in
          parameters[parameter] = try reader.string(limit: PlanLimits.nameBytes)
        }
      }
    }
    self.init(name: name, parameters: parameters)
  }
}

extension Fill {
  init(from reader: inout JSONReader) throws(JSONError) {
    var kind: Fill = .zero
    try reader.object(fields: ["kind", "parameters"]) { (reader, field) throws(JSONError) in
      if field == "kind" { kind = try reader.word(Fill.self) } else { try reader.emptyObject() }
    }
    self = kind
  }
}

extension Stage {
  private static let fields: Set<String> = [
    "elementType", "fillParameters", "inputs", "name", "output", "owners", "replicas", "rowAxis", "rowOrder", "split",
  ]

  init(from reader: inout JSONReader, seats: Int) throws(JSONError) {
    var stage = Stage(
      name: "", output: PlanValue(name: "", shape: []), rowAxis: 0, inputs: [], owners: [], replicas: [])
    try reader.object(fields: Self.fields) { (reader, field) throws(JSONError) in
      switch field {
      case "name": stage.name = try reader.string(limit: PlanLimits.nameBytes)
      case "output": stage.output = try PlanValue(from: &reader)
      case "rowAxis": stage.rowAxis = try reader.integer(in: 0...PlanLimits.rank - 1)
      case "inputs":
        stage.inputs = try reader.array(limit: PlanLimits.values) { (reader) throws(JSONError) in
          try reader.string(limit: PlanLimits.nameBytes)
        }
      case "owners": stage.owners = try reader.integers(in: 0...seats - 1, limit: PlanLimits.rowsPerStage)
      case "replicas":
        stage.replicas = try reader.array(limit: seats) { (reader) throws(JSONError) in
          try reader.integers(in: 0...PlanLimits.rowsPerStage - 1, limit: PlanLimits.rowsPerStage)
        }
      case "elementType": stage.elementType = try reader.word(WireElementType.self)
      case "fillParameters": try reader.emptyObject()
      case "rowOrder": try reader.constant("ascending")
      default: try reader.constant("channels")
      }
    }
    self = stage
  }
}

extension JSONReader {
  /// A reserved field of which one value is known.
  fileprivate mutating func constant(_ expected: String) throws(JSONError) {
    let text = try string(limit: 64)
    guard text == expected else { throw failure("'\(text)' is not known to this version, only '\(expected)' is") }
  }
}
