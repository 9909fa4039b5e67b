import Networks
package import Tensors

/// A safetensors file: a length, a JSON header with each tensor's type, shape and place, then the tensors' bytes,
/// little-endian and without gaps. We know five types: F32, BF16 and F16 for weights, I64 for shapes and indices, and BOOL
/// for masks (a byte each).
///
/// <https://huggingface.co/docs/safetensors>
package struct SafetensorsHeader {
  package struct Entry {
    package enum Kind: String {
      case float = "F32"
      case bfloat16 = "BF16"
      case float16 = "F16"
      case integer = "I64"
      case boolean = "BOOL"

      var byteCount: Int {
        switch self {
        case .float: 4
        case .bfloat16, .float16: 2
        case .integer: 8
        case .boolean: 1
        }
      }

      /// What floats of a type are stored as.
      init(_ type: WeightType) {
        self =
          switch type {
          case .float32: .float
          case .bfloat16: .bfloat16
          case .float16: .float16
          }
      }

      /// How floats are stored; nil for what holds none.
      var weightType: WeightType? {
        switch self {
        case .float: .float32
        case .bfloat16: .bfloat16
        case .float16: .float16
        case .integer, .boolean: nil
        }
      }
    }

    package var kind: Kind
    package var shape: Shape
    /// From the end of the header.
    package var offset: Int
    package var byteCount: Int { shape.elementCount * kind.byteCount }

    package init(kind: Kind, shape: Shape, offset: Int) {
      self.kind = kind
      self.shape = shape
      self.offset = offset
    }
  }

  package var metadata: [String: String] = [:]
  package var entries: [String: Entry] = [:]
  /// Where the tensors begin, from the start of the file.
  package var dataStart = 0

  // MARK: Writing

  /// The bytes before the tensors: length and header, padded with spaces to the alignment.
  package var encoded: [UInt8] {
    var document = entries.mapValues { entry in
      JSONValue.object([
        "data_offsets": .integers([entry.offset, entry.offset + entry.byteCount]),
        "dtype": .string(entry.kind.rawValue),
        "shape": .integers(entry.shape.dimensions),
      ])
    }
    document["__metadata__"] = .object(metadata.mapValues(JSONValue.string))
    var header = JSONValue.object(document).encoded
    while (header.count + 8) % ShardLimits.alignment != 0 { header.append(UInt8(ascii: " ")) }
    return (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header
  }

  // MARK: Reading

  package init() {}

  /// Reads and checks the header of a file with `fileByteCount` bytes, given its start. `read` returns so many bytes
  /// from an offset.
  package init(fileByteCount: Int, read: (Int, Int) throws(ShardError) -> [UInt8]) throws(ShardError) {
    guard fileByteCount >= 8 else { throw .malformed("it has only \(fileByteCount) bytes") }
    let length = try read(0, 8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(ShardLimits.headerBytes), Int(length) <= fileByteCount - 8 else {
      throw .malformed("its header claims \(length) bytes")
    }
    dataStart = 8 + Int(length)
    let bytes = try read(8, Int(length))
    do {
      var reader = JSONReader(bytes)
      var metadata: [String: String] = [:]
      var entries: [String: Entry] = [:]
      try reader.members(limit: ShardLimits.tensors) { (reader, name) throws(JSONError) in
        if name == "__metadata__" {
          try reader.members(limit: ShardLimits.metadataEntries) { (reader, key) throws(JSONError) in
            metadata[key] = try reader.string(limit: ShardLimits.headerBytes)
          }
        } else {
          entries[name] = try Entry(from: &reader)
        }
      }
      try reader.end()
      self.metadata = metadata
      self.entries = entries
    } catch {
      throw .malformed("header field '\(error.field)' \(error.reason)")
    }
    try checkLayout(dataByteCount: fileByteCount - dataStart)
  }

  /// The tensors fill the rest of the file one after the other: no gap, no overlap, nothing left.
  private func checkLayout(dataByteCount: Int) throws(ShardError) {
    var end = 0
    for (name, entry) in entries.sorted(by: {
      ($0.value.offset, $0.value.byteCount, $0.key) < ($1.value.offset, $1.value.byteCount, $1.key)
    }) {
      guard entry.offset == end else { throw .malformed("tensor '\(name)' begins at \(entry.offset), not at \(end)") }
      end += entry.byteCount
      guard end <= dataByteCount else { throw .malformed("tensor '\(name)' ends behind the end of the file") }
    }
    guard end == dataByteCount else { throw .malformed("\(dataByteCount - end) bytes follow the last tensor") }
  }
}

extension SafetensorsHeader.Entry {
  init(from reader: inout JSONReader) throws(JSONError) {
    var kind = Kind.float
    var shape: Shape = []
    var offsets: [Int] = []
    try reader.object(fields: ["data_offsets", "dtype", "shape"]) { (reader, field) throws(JSONError) in
      switch field {
      case "dtype":
        let text = try reader.string(limit: 16)
        guard let known = Kind(rawValue: text) else {
          throw reader.failure("is '\(text)', none of F32, BF16, F16, I64 and BOOL")
        }
        kind = known
      case "shape": shape = Shape(try reader.integers(in: 0...1 << 40, limit: PlanLimits.rank))
      default: offsets = try reader.integers(in: 0...1 << 50, limit: 2)
      }
    }
    // Bounded also without its empty dimensions, whose strides are computed all the same.
    guard Shape(shape.dimensions.map { max($0, 1) }).checkedElementCount(limit: 1 << 40) != nil,
      let count = shape.checkedElementCount(limit: 1 << 40), offsets.count == 2,
      offsets[1] - offsets[0] == count * kind.byteCount
    else { throw reader.failure("has offsets that do not fit its shape") }
    self.init(kind: kind, shape: shape, offset: offsets[0])
  }
}
