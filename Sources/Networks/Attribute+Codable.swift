/// An attribute in JSON is an object with one member: `{"int": 3}`, `{"ints": [0, 1]}`, `{"float": 0.5}`,
/// `{"floats": [...]}`, `{"string": "..."}` or `{"strings": [...]}`. Numbers that JSON does not know are the strings "inf", "-inf" and "nan".
extension Attribute {
  private enum CodingKeys: String, CodingKey { case int, ints, float, floats, string, strings }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard container.allKeys.count == 1, let key = container.allKeys.first else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "an attribute has one of int, ints, float, floats, string, strings"))
    }
    switch key {
    case .int: self = .integer(try container.decode(Int.self, forKey: key))
    case .ints: self = .integers(try container.decode([Int].self, forKey: key))
    case .float: self = .float(try container.decode(JSONFloat.self, forKey: key).value)
    case .floats: self = .floats(try container.decode([JSONFloat].self, forKey: key).map(\.value))
    case .string: self = .string(try container.decode(String.self, forKey: key))
    case .strings: self = .strings(try container.decode([String].self, forKey: key))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .integer(let value): try container.encode(value, forKey: .int)
    case .integers(let values): try container.encode(values, forKey: .ints)
    case .float(let value): try container.encode(JSONFloat(value: value), forKey: .float)
    case .floats(let values): try container.encode(values.map { JSONFloat(value: $0) }, forKey: .floats)
    case .string(let value): try container.encode(value, forKey: .string)
    case .strings(let values): try container.encode(values, forKey: .strings)
    }
  }
}

/// A number that may be infinite or none.
private struct JSONFloat: Codable {
  var value: Float

  init(value: Float) { self.value = value }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Float.self) {
      value = number
      return
    }
    switch try container.decode(String.self) {
    case "inf": value = .infinity
    case "-inf": value = -.infinity
    case "nan": value = .nan
    default: throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a number")
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if value.isFinite {
      try container.encode(value)
    } else {
      try container.encode(value.isNaN ? "nan" : value > 0 ? "inf" : "-inf")
    }
  }
}
