/// What is wrong with bytes from the wire. Nothing follows from it but a counter.
public enum DecodeError: Error, Equatable, Sendable {
  case truncated
  case wrongMagic
  case unknownVersion(UInt8)
  case unknownKind(UInt8)
  /// A count, length or enumeration outside its bounds.
  case outOfBounds(String)
  case trailingBytes
}

/// Writes little-endian fields.
package struct ByteWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func write<Integer: FixedWidthInteger>(_ value: Integer) {
    for shift in stride(from: 0, to: Integer.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> Integer(shift)))
    }
  }

  package mutating func write(raw: [UInt8]) { bytes += raw }

  /// A length in one byte pair, then the bytes.
  package mutating func write(counted: [UInt8]) {
    write(UInt16(clamping: counted.count))
    bytes += counted.prefix(Int(UInt16.max))
  }

  package mutating func write(_ text: String) { write(counted: Array(text.utf8)) }

  /// A text cut to at most `limit` bytes, between two characters of Unicode: what a reader's bound would refuse is
  /// shortened by the writer.
  package mutating func write(_ text: String, limit: Int) {
    let bytes = Array(text.utf8)
    var end = Swift.min(limit, bytes.count)
    while end > 0, end < bytes.count, bytes[end] & 0xC0 == 0x80 { end -= 1 }
    write(counted: Array(bytes.prefix(end)))
  }

  package mutating func patch(_ value: UInt16, at offset: Int) {
    bytes[offset] = UInt8(truncatingIfNeeded: value)
    bytes[offset + 1] = UInt8(truncatingIfNeeded: value >> 8)
  }
}

/// Reads little-endian fields, never past the end.
package struct ByteReader {
  private let bytes: [UInt8]
  package private(set) var offset = 0

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Over a copy of the first `count` bytes: headers are small, and what follows them is not read here.
  package init(_ bytes: Span<UInt8>, count: Int) {
    let count = Swift.min(count, bytes.count)
    var copy: [UInt8] = []
    copy.reserveCapacity(count)
    for index in 0..<count { copy.append(bytes[index]) }
    self.bytes = copy
  }

  package var remaining: Int { bytes.count - offset }

  package mutating func read<Integer: FixedWidthInteger>(_ type: Integer.Type = Integer.self) throws(DecodeError)
    -> Integer
  {
    let width = Integer.bitWidth / 8
    guard remaining >= width else { throw .truncated }
    var value: Integer = 0
    for index in 0..<width { value |= Integer(truncatingIfNeeded: bytes[offset + index]) << Integer(8 * index) }
    offset += width
    return value
  }

  package mutating func read(count: Int) throws(DecodeError) -> [UInt8] {
    guard count >= 0, remaining >= count else { throw .truncated }
    var result: [UInt8] = []
    result.reserveCapacity(count)
    for index in 0..<count { result.append(bytes[offset + index]) }
    offset += count
    return result
  }

  /// A count in `Count`, refused over `limit`.
  package mutating func readCount<Count: FixedWidthInteger>(
    _ type: Count.Type, limit: Int, _ what: String
  ) throws(DecodeError) -> Int {
    let count = try read(Count.self)
    guard let count = Int(exactly: count), count >= 0, count <= limit else { throw .outOfBounds(what) }
    return count
  }

  package mutating func readCounted(limit: Int, _ what: String) throws(DecodeError) -> [UInt8] {
    try read(count: readCount(UInt16.self, limit: limit, what))
  }

  package mutating func readText(limit: Int, _ what: String) throws(DecodeError) -> String {
    let bytes = try readCounted(limit: limit, what)
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .outOfBounds(what) }
    return text
  }
}
