/// Where a JSON text is not what it should be.
struct JSONError: Error, Equatable {
  /// The path of the field, such as `stages[3].owners`.
  var field: String
  var reason: String
}

/// Reads JSON by the shape that is expected of it: no tree is built, nothing is skipped, so an unknown or repeated
/// field, a number that is no integer or a list over its limit ends the reading at once.
struct JSONReader {
  private let bytes: ArraySlice<UInt8>
  private var position: Int
  private var path: [String] = []

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  init(_ bytes: [UInt8]) { self.init(bytes[...]) }

  var field: String {
    path.isEmpty ? "file" : path.reduce("") { $1.hasPrefix("[") || $0.isEmpty ? $0 + $1 : "\($0).\($1)" }
  }

  func failure(_ reason: String) -> JSONError { JSONError(field: field, reason: reason) }

  // MARK: Values

  /// Reads an object that has exactly the given fields, in any order, and perhaps some of the optional ones.
  mutating func object(
    fields: Set<String>, optional: Set<String> = [], _ read: (inout JSONReader, String) throws(JSONError) -> Void
  ) throws(JSONError) {
    var seen: Set<String> = []
    try members(limit: fields.count + optional.count + 1) { (reader, name) throws(JSONError) in
      guard fields.contains(name) || optional.contains(name) else {
        throw reader.failure("unknown field; this version does not know it")
      }
      seen.insert(name)
      try read(&reader, name)
    }
    if let missing = fields.subtracting(seen).min() {
      path.append(missing)
      throw failure("is missing")
    }
  }

  /// Reads an object with whatever names, each once, at most `limit` of them.
  mutating func members(
    limit: Int, _ read: (inout JSONReader, String) throws(JSONError) -> Void
  ) throws(JSONError) {
    try expect(UInt8(ascii: "{"))
    var seen: Set<String> = []
    if accept(UInt8(ascii: "}")) { return }
    repeat {
      let name = try string(limit: 4096)
      path.append(name)
      guard seen.insert(name).inserted else { throw failure("is given twice") }
      guard seen.count <= limit else { throw failure("is one field too many (at most \(limit))") }
      try expect(UInt8(ascii: ":"))
      try read(&self, name)
      path.removeLast()
    } while accept(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"))
  }

  mutating func array<Element>(
    limit: Int, _ read: (inout JSONReader) throws(JSONError) -> Element
  ) throws(JSONError) -> [Element] {
    try expect(UInt8(ascii: "["))
    var elements: [Element] = []
    if accept(UInt8(ascii: "]")) { return elements }
    repeat {
      guard elements.count < limit else { throw failure("has more than \(limit) entries") }
      path.append("[\(elements.count)]")
      elements.append(try read(&self))
      path.removeLast()
    } while accept(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
    return elements
  }

  /// Integers are so many that their paths are only made where one is wrong.
  mutating func integers(in range: ClosedRange<Int>, limit: Int) throws(JSONError) -> [Int] {
    try expect(UInt8(ascii: "["))
    var elements: [Int] = []
    if accept(UInt8(ascii: "]")) { return elements }
    repeat {
      guard elements.count < limit else { throw failure("has more than \(limit) entries") }
      do {
        elements.append(try integer(in: range))
      } catch {
        throw JSONError(field: "\(field)[\(elements.count)]", reason: error.reason)
      }
    } while accept(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
    return elements
  }

  mutating func integer(in range: ClosedRange<Int>) throws(JSONError) -> Int {
    skipSpace()
    let isNegative = peek() == UInt8(ascii: "-")
    if isNegative { position += 1 }
    var value = 0
    let start = position
    while let byte = peek(), byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      // The least number has no positive counterpart (it stands for "to the beginning" as a slice's end).
      let digit = Int(byte - UInt8(ascii: "0"))
      let (sum, carry) = product.addingReportingOverflow(isNegative ? -digit : digit)
      guard !overflow, !carry else { throw failure("is too large a number") }
      value = sum
      position += 1
    }
    guard position > start else { throw failure("is not an integer") }
    if position - start > 1, bytes[start] == UInt8(ascii: "0") { throw failure("is a number with a leading zero") }
    if let byte = peek(), [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(byte) {
      throw failure("is not an integer")
    }
    guard range.contains(value) else {
      throw failure("is \(value), outside \(range.lowerBound)...\(range.upperBound)")
    }
    return value
  }

  mutating func boolean() throws(JSONError) -> Bool {
    if acceptWord("true") { return true }
    if acceptWord("false") { return false }
    throw failure("is neither true nor false")
  }

  mutating func null() throws(JSONError) {
    guard acceptWord("null") else { throw failure("must be null in this version") }
  }

  /// A string of at most `limit` bytes of UTF-8.
  mutating func string(limit: Int) throws(JSONError) -> String {
    skipSpace()
    guard peek() == UInt8(ascii: "\"") else { throw failure("is not a string") }
    position += 1
    var text: [UInt8] = []
    while let byte = peek() {
      position += 1
      guard text.count <= limit else { throw failure("is longer than \(limit) bytes") }
      switch byte {
      case UInt8(ascii: "\""):
        guard text.count <= limit else { throw failure("is longer than \(limit) bytes") }
        guard let string = String(validating: text, as: UTF8.self) else { throw failure("is not UTF-8") }
        return string
      case UInt8(ascii: "\\"): try escape(into: &text)
      case ..<0x20: throw failure("has a control character in it")
      default: text.append(byte)
      }
    }
    throw failure("ends before its closing quote")
  }

  /// Nothing but white space may follow.
  mutating func end() throws(JSONError) {
    skipSpace()
    guard position == bytes.endIndex else { throw failure("has something after its end") }
  }

  // MARK: Pieces

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    guard let byte = peek() else { throw failure("ends within an escape") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code) {
        guard peek() == UInt8(ascii: "\\") else { throw failure("has half a surrogate pair") }
        position += 1
        guard peek() == UInt8(ascii: "u") else { throw failure("has half a surrogate pair") }
        position += 1
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw failure("has half a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw failure("has half a surrogate pair") }
      text.append(contentsOf: String(Character(scalar)).utf8)
    default: throw failure("has an unknown escape")
    }
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure("has an escape that is not hexadecimal")
      }
      value = value << 4 + UInt32(digit)
      position += 1
    }
    return value
  }

  private func peek() -> UInt8? { position < bytes.endIndex ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek(), [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
  }

  private mutating func accept(_ byte: UInt8) -> Bool {
    skipSpace()
    guard peek() == byte else { return false }
    position += 1
    return true
  }

  private mutating func acceptWord(_ word: StaticString) -> Bool {
    skipSpace()
    let letters = Array(word.description.utf8)
    guard bytes[position...].starts(with: letters) else { return false }
    position += letters.count
    return true
  }

  private mutating func expect(_ byte: UInt8) throws(JSONError) {
    guard accept(byte) else {
      let found = peek().map { "'\(Character(Unicode.Scalar($0)))'" } ?? "the end of the file"
      throw failure("has \(found) where '\(Character(Unicode.Scalar(byte)))' should be")
    }
  }
}
