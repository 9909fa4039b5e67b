/// A protocol-buffers message taken apart so that it can be damaged at a meaningful place: what kind of ONNX message it
/// is, and its fields in the file's order. Fields that are no messages of interest stay bytes.
final class Message {
  enum Kind: Hashable {
    case model, opset, graph, node, attribute, tensor, value, type, tensorType, shape, dimension, entry
  }

  enum Value {
    case varint(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt32)
    case bytes([UInt8])
    case message(Message)
  }

  struct Field {
    var number: Int
    var value: Value
    /// Replaces the length that is written before the bytes, or the wire type.
    var falseLength: UInt64?
    var falseWireType: UInt64?

    init(_ number: Int, _ value: Value) {
      self.number = number
      self.value = value
    }
  }

  let kind: Kind
  var fields: [Field]

  init(_ kind: Kind, _ fields: [Field] = []) {
    self.kind = kind
    self.fields = fields
  }

  /// The same apart from this one: what is put elsewhere in its own tree must not lead back to itself.
  var copy: Message {
    Message(
      kind,
      fields.map { field in
        guard case .message(let child) = field.value else { return field }
        var copy = field
        copy.value = .message(child.copy)
        return copy
      })
  }

  /// Which fields of which messages are messages that are taken apart, too.
  private static let children: [Kind: [Int: Kind]] = [
    .model: [7: .graph, 8: .opset],
    .graph: [1: .node, 5: .tensor, 11: .value, 12: .value, 13: .value],
    .node: [5: .attribute],
    .attribute: [5: .tensor, 6: .graph, 10: .tensor, 11: .graph],
    .tensor: [13: .entry],
    .value: [2: .type],
    .type: [1: .tensorType],
    .tensorType: [2: .shape],
    .shape: [1: .dimension],
  ]

  /// Takes well-formed bytes apart; nil where they are not.
  init?(_ kind: Kind, parsing bytes: ArraySlice<UInt8>) {
    self.kind = kind
    fields = []
    var rest = bytes
    while !rest.isEmpty {
      guard let key = Self.varint(&rest) else { return nil }
      let number = Int(truncatingIfNeeded: key >> 3)
      switch key & 7 {
      case 0:
        guard let value = Self.varint(&rest) else { return nil }
        fields.append(Field(number, .varint(value)))
      case 1:
        guard let value = Self.fixed(8, &rest) else { return nil }
        fields.append(Field(number, .fixed64(value)))
      case 5:
        guard let value = Self.fixed(4, &rest) else { return nil }
        fields.append(Field(number, .fixed32(UInt32(value))))
      case 2:
        guard let count = Self.varint(&rest), count <= UInt64(rest.count) else { return nil }
        let content = rest.prefix(Int(count))
        rest = rest.dropFirst(Int(count))
        if let kind = Self.children[kind]?[number], let child = Message(kind, parsing: content) {
          fields.append(Field(number, .message(child)))
        } else {
          fields.append(Field(number, .bytes(Array(content))))
        }
      default: return nil
      }
    }
  }

  private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
    var result: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = bytes.popFirst() else { return nil }
      result |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return result }
    }
    return nil
  }

  private static func fixed(_ count: Int, _ bytes: inout ArraySlice<UInt8>) -> UInt64? {
    guard bytes.count >= count else { return nil }
    var result: UInt64 = 0
    for (index, byte) in bytes.prefix(count).enumerated() { result |= UInt64(byte) << UInt64(8 * index) }
    bytes = bytes.dropFirst(count)
    return result
  }

  /// The message's bytes, with the false lengths and wire types that were put in.
  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    for field in fields {
      func start(_ wireType: UInt64) {
        Self.append(UInt64(field.number) << 3 | (field.falseWireType ?? wireType), &bytes)
      }
      switch field.value {
      case .varint(let value):
        start(0)
        Self.append(value, &bytes)
      case .fixed64(let value):
        start(1)
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
      case .fixed32(let value):
        start(5)
        for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
      case .bytes(let content):
        start(2)
        Self.append(field.falseLength ?? UInt64(content.count), &bytes)
        bytes += content
      case .message(let message):
        start(2)
        let content = message.encoded
        Self.append(field.falseLength ?? UInt64(content.count), &bytes)
        bytes += content
      }
    }
    return bytes
  }

  static func append(_ value: UInt64, _ bytes: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// This message and all below it that are of `kind`, in the file's order.
  func all(_ kind: Kind) -> [Message] {
    var found = self.kind == kind ? [self] : []
    for case .message(let child) in fields.map(\.value) { found += child.all(kind) }
    return found
  }

  /// All messages, this one first.
  var everything: [Message] {
    var found = [self]
    for case .message(let child) in fields.map(\.value) { found += child.everything }
    return found
  }

  /// The positions of the fields with this number.
  func positions(_ number: Int) -> [Int] { fields.indices.filter { fields[$0].number == number } }

  /// The text of the first field with this number.
  func text(_ number: Int) -> String? {
    for field in fields where field.number == number {
      if case .bytes(let bytes) = field.value { return String(decoding: bytes, as: UTF8.self) }
    }
    return nil
  }
}
