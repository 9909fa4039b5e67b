/// Reads the fields of one protocol-buffers message, a range of a larger sequence of bytes.
///
/// Bounded in every way: no field reaches beyond its message, no message beyond its parent (whoever reads a field of
/// type message makes a reader for its range, so how deep it goes is written in the code and not in the file), and
/// nothing is allocated: values are numbers or ranges of the bytes.
///
/// The bytes are given anew at each call, as a span may not be kept.
struct ProtobufReader {
  enum Value {
    case varint(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt32)
    /// A string, a message, packed numbers or raw bytes.
    case bytes(Range<Int>)
  }

  struct Field {
    var number: Int
    var value: Value
  }

  private(set) var position: Int
  let end: Int

  /// A reader of the message that `range` of the bytes holds.
  init(_ range: Range<Int>) {
    position = range.lowerBound
    end = range.upperBound
  }

  /// The next field, or nil at the message's end.
  mutating func next(in bytes: Span<UInt8>) throws(NetworkError) -> Field? {
    guard position < end else { return nil }
    let start = position
    let key = try varint(in: bytes)
    let number = key >> 3
    guard number >= 1, number < 1 << 29 else { throw malformed("a field has the number \(number)", at: start) }
    let value: Value
    switch key & 7 {
    case 0: value = .varint(try varint(in: bytes))
    case 1: value = .fixed64(try fixed(8, in: bytes))
    case 2:
      let count = try varint(in: bytes)
      guard count <= UInt64(end - position) else {
        throw malformed("a field of \(count) bytes reaches beyond its message", at: start)
      }
      value = .bytes(position..<position + Int(count))
      position += Int(count)
    case 5: value = .fixed32(UInt32(truncatingIfNeeded: try fixed(4, in: bytes)))
    default: throw malformed("a field has the wire type \(key & 7)", at: start)
    }
    return Field(number: Int(number), value: value)
  }

  var isAtEnd: Bool { position >= end }

  /// A number in base 128, seven bits a byte, least significant first; at most ten bytes.
  mutating func varint(in bytes: Span<UInt8>) throws(NetworkError) -> UInt64 {
    var result: UInt64 = 0
    var shift: UInt64 = 0
    while position < end, position < bytes.count {
      let byte = bytes[position]
      position += 1
      // The tenth byte has room for the last bit alone.
      guard shift < 63 || byte <= 1 else { throw malformed("a number is longer than 64 bits", at: position) }
      result |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return result }
      shift += 7
    }
    throw malformed("it ends in the middle of a number", at: position)
  }

  /// A little-endian number of `count` bytes.
  mutating func fixed(_ count: Int, in bytes: Span<UInt8>) throws(NetworkError) -> UInt64 {
    guard end - position >= count, bytes.count - position >= count else {
      throw malformed("it ends in the middle of a number", at: position)
    }
    var result: UInt64 = 0
    for index in 0..<count { result |= UInt64(bytes[position + index]) << UInt64(8 * index) }
    position += count
    return result
  }

  private func malformed(_ reason: String, at offset: Int) -> NetworkError {
    .malformedFile("\(reason) (at byte \(offset))")
  }
}
