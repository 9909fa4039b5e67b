/// A JSON value with its members in the order they were given, so that equal results print as equal lines.
///
///     let line: JSON = ["request": 7, "outcome": "complete", "latency_ms": .number(12.5, decimals: 3)]
///     try console.print(line)
enum JSON: Equatable, Sendable {
  case null
  case boolean(Bool)
  case integer(Int64)
  /// Not finite: printed as null, for JSON has no such numbers.
  case number(Double)
  /// A number's digits, already formatted.
  case literal(String)
  case string(String)
  case array([JSON])
  case object([Member])

  struct Member: Equatable, Sendable {
    var name: String
    var value: JSON
  }

  /// A single-precision number by its shortest digits.
  static func single(_ value: Float) -> JSON { value.isFinite ? .literal("\(value)") : .null }

  /// A number rounded to `decimals` digits after the point.
  static func number(_ value: Double, decimals: Int) -> JSON {
    value.isFinite ? .literal(Quantity.fixed(value, decimals: decimals)) : .null
  }

  /// An object from pairs in order.
  static func object(_ pairs: [(String, JSON)]) -> JSON {
    .object(pairs.map { Member(name: $0.0, value: $0.1) })
  }

  /// The value in one line without spaces.
  var line: String {
    var text = ""
    append(to: &text)
    return text
  }

  private func append(to text: inout String) {
    switch self {
    case .null: text += "null"
    case .boolean(let value): text += value ? "true" : "false"
    case .integer(let value): text += "\(value)"
    case .number(let value):
      // An integral number prints without ".0", as most writers do.
      if !value.isFinite {
        text += "null"
      } else if value == value.rounded(), value.magnitude < 9_007_199_254_740_992 {
        text += "\(Int64(value))"
      } else {
        text += "\(value)"
      }
    case .literal(let digits): text += digits
    case .string(let value): Self.quote(value, into: &text)
    case .array(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += "," }
        element.append(to: &text)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { text += "," }
        Self.quote(member.name, into: &text)
        text += ":"
        member.value.append(to: &text)
      }
      text += "}"
    }
  }

  private static func quote(_ value: String, into text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      // Line separators are legal in JSON but break readers that split lines by Unicode's rules.
      case "\u{0}"..."\u{1f}", "\u{7f}", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  init(stringLiteral value: String) { self = .string(value) }
  init(integerLiteral value: Int64) { self = .integer(value) }
  init(booleanLiteral value: Bool) { self = .boolean(value) }
  init(nilLiteral: ()) { self = .null }
  init(arrayLiteral elements: JSON...) { self = .array(elements) }
  init(dictionaryLiteral elements: (String, JSON)...) { self = .object(elements) }
}
