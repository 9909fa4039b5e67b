public import Tensors

/// NumPy's file format for one array (versions 1 to 3), as far as tensors need it: little-endian f4, f8, u1, i1, i4 and
/// i8 in C order. Everything becomes single precision.
public enum NPY {
  /// Reads the file at `path`.
  public static func read(_ path: String) throws(PictureError) -> Tensor {
    try decode(FileBytes.read(path, limit: PictureLimits.maximumTensorFileBytes), name: path)
  }

  /// Whether `bytes` begin as such a file does.
  static func isMarked(_ bytes: [UInt8]) -> Bool { bytes.starts(with: magic) }

  /// Decodes a whole file; errors call it `name`.
  public static func decode(_ bytes: [UInt8], name: String) throws(PictureError) -> Tensor {
    let (header, start) = try layout(of: bytes, name: name)
    return Tensor(shape: header.shape) { target in
      bytes.withUnsafeBytes { source in
        header.element.convert(UnsafeRawBufferPointer(rebasing: source[start...]), to: target)
      }
    }
  }

  /// An array, its unsigned bytes (u1) kept as they are.
  public enum Contents: Sendable {
    case bytes([UInt8], shape: Shape)
    case numbers(Tensor)

    public var shape: Shape {
      switch self {
      case .bytes(_, let shape): shape
      case .numbers(let tensor): tensor.shape
      }
    }
  }

  /// Reads the file at `path` without making bytes four times as large.
  public static func contents(of path: String) throws(PictureError) -> Contents {
    let bytes = try FileBytes.read(path, limit: PictureLimits.maximumTensorFileBytes)
    let (header, start) = try layout(of: bytes, name: path)
    if header.element == .unsigned8 { return .bytes(Array(bytes[start...]), shape: header.shape) }
    return .numbers(try decode(bytes, name: path))
  }

  /// The header of a whole file, and where the elements begin that fill the rest of it.
  private static func layout(
    of bytes: [UInt8], name: String
  ) throws(PictureError) -> (header: NPYHeader, start: Int) {
    guard isMarked(bytes) else {
      throw .malformed(name: name, kind: "NPY", reason: "it does not begin with \\x93NUMPY")
    }
    guard bytes.count >= 10 else { throw .malformed(name: name, kind: "NPY", reason: "it ends in its header") }
    let lengthSize = bytes[6] == 1 ? 2 : 4
    guard (1...3).contains(bytes[6]), bytes.count >= 8 + lengthSize else {
      throw .malformed(name: name, kind: "NPY", reason: "its format version is \(bytes[6]), known are 1 to 3")
    }
    var headerLength = 0
    for index in (0..<lengthSize).reversed() { headerLength = headerLength << 8 | Int(bytes[8 + index]) }
    let start = 8 + lengthSize
    guard headerLength <= 1 << 16, headerLength <= bytes.count - start else {
      throw .malformed(name: name, kind: "NPY", reason: "it ends in its header")
    }
    let header = try NPYHeader(parsing: bytes[start..<start + headerLength], name: name)
    guard let count = header.shape.checkedElementCount(limit: PictureLimits.maximumTensorElements) else {
      throw .tooLarge(
        name: name, reason: "\(header.shape) elements, at most \(PictureLimits.maximumTensorElements) are taken")
    }
    let body = bytes.count - start - headerLength
    guard body == count * header.element.size else {
      throw .malformed(
        name: name, kind: "NPY",
        reason: "\(header.shape) elements of \(header.element.size) bytes do not fill \(body) bytes")
    }
    return (header, start + headerLength)
  }

  /// Writes `tensor` as f4 in C order. The file appears whole or not at all.
  public static func write(_ tensor: Tensor, to path: String) throws(PictureError) {
    let header = header(for: tensor.shape)
    var failure: PictureError?
    header.withUnsafeBytes { header in
      tensor.withUnsafeBufferPointer { elements in
        do throws(PictureError) {
          try FileBytes.write([header, UnsafeRawBufferPointer(elements)], to: path)
        } catch {
          failure = error
        }
      }
    }
    if let failure { throw failure }
  }

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// The header, padded so that the elements begin at a multiple of 64.
  static func header(for shape: Shape) -> [UInt8] {
    let extents = shape.dimensions.map(String.init).joined(separator: ", ") + (shape.rank == 1 ? "," : "")
    var text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(extents)), }"
    let unpadded = magic.count + 4 + text.utf8.count + 1
    text += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    let length = text.utf8.count
    return magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(text.utf8)
  }
}

/// The element types that we read.
enum NPYElement: String, CaseIterable {
  case float32 = "<f4"
  case float64 = "<f8"
  case unsigned8 = "|u1"
  case signed8 = "|i1"
  case signed32 = "<i4"
  case signed64 = "<i8"

  var size: Int {
    switch self {
    case .unsigned8, .signed8: 1
    case .float32, .signed32: 4
    case .float64, .signed64: 8
    }
  }

  /// Fills `target` from as many elements in `source`, at any alignment.
  func convert(_ source: UnsafeRawBufferPointer, to target: UnsafeMutableBufferPointer<Float>) {
    func each<Stored>(_: Stored.Type, _ convert: (Stored) -> Float) {
      for index in target.indices {
        target[index] = convert(
          source.loadUnaligned(fromByteOffset: index * MemoryLayout<Stored>.size, as: Stored.self))
      }
    }
    switch self {
    case .float32: each(UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
    case .float64: each(UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
    case .unsigned8: each(UInt8.self) { Float($0) }
    case .signed8: each(Int8.self) { Float($0) }
    case .signed32: each(Int32.self) { Float(Int32(littleEndian: $0)) }
    case .signed64: each(Int64.self) { Float(Int64(littleEndian: $0)) }
    }
  }
}
