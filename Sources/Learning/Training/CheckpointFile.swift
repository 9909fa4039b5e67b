import Glibc
import Networks
import Plans
import Tensors

/// What a training run needs to go on: named lists of numbers and a few words, in one safetensors file.
///
/// The words lie in the file's metadata; integers and floating point numbers go there as Swift writes them, which is
/// exact. A SHA-256 of everything else lies beside them.
public struct CheckpointFile: Sendable {
  /// Words by name. "checksum" is the file's own.
  public var header: [String: String]
  /// In the order of the file, each name once.
  public var tensors: [(name: String, values: [Float])]

  private static let checksumKey = "checksum"

  public init(header: [String: String] = [:], tensors: [(name: String, values: [Float])] = []) {
    self.header = header
    self.tensors = tensors
  }

  /// The numbers of that name.
  public subscript(name: String) -> [Float]? { tensors.first { $0.name == name }?.values }

  // MARK: Writing

  /// Writes the file and replaces what was there at once. Throws `unwritable`; then what was there still is.
  public func write(to path: String) throws(LearningError) { try write(FileReplacement(path: path)) }

  func write(_ file: FileReplacement) throws(LearningError) {
    var layout = SafetensorsHeader()
    layout.metadata = header
    layout.metadata[Self.checksumKey] = nil
    var offset = 0
    for (name, values) in tensors {
      guard layout.entries[name] == nil, name != "__metadata__", name.utf8.count <= ShardLimits.nameBytes else {
        throw .unwritable(path: file.path, reason: "it cannot hold numbers named '\(name.prefix(80))' (again)")
      }
      layout.entries[name] = .init(kind: .float, shape: [values.count], offset: offset)
      offset += 4 * values.count
    }
    var checksum = DigestStream()
    checksum.update(layout.encoded)
    for (_, values) in tensors { values.withUnsafeBytes { checksum.update($0) } }
    layout.metadata[Self.checksumKey] = checksum.hex()
    let head = layout.encoded
    guard head.count <= ShardLimits.headerBytes, layout.entries.count <= ShardLimits.tensors,
      layout.metadata.count <= ShardLimits.metadataEntries
    else { throw .unwritable(path: file.path, reason: "its header would have \(head.count) bytes, too many") }
    try file.write { (give: (UnsafeRawBufferPointer) throws(LearningError) -> Void) throws(LearningError) in
      try head.giving(give)
      for (_, values) in tensors { try values.giving(give) }
    }
  }

  // MARK: Reading

  /// Reads a file. Throws `unusableCheckpoint` where it cannot be read, is of another kind or is damaged anywhere.
  public init(reading path: String) throws(LearningError) {
    let file = try CheckpointBytes(path)
    var layout: SafetensorsHeader
    do throws(ShardError) {
      layout = try SafetensorsHeader(fileByteCount: file.count) { (offset, count) throws(ShardError) in
        do throws(LearningError) { return try file.bytes(at: offset, count: count) } catch {
          throw .unreadable(path: path, reason: error.description)
        }
      }
    } catch {
      if case .malformed(let reason) = error { throw file.failure(reason) }
      throw file.failure(error.description)
    }
    guard let expected = layout.metadata.removeValue(forKey: Self.checksumKey) else {
      throw file.failure("it has no checksum, so it is no checkpoint")
    }
    var checksum = DigestStream()
    checksum.update(layout.encoded)
    header = layout.metadata
    tensors = []
    let entries = layout.entries.sorted {
      ($0.value.offset, $0.value.byteCount, $0.key) < ($1.value.offset, $1.value.byteCount, $1.key)
    }
    for (name, entry) in entries {
      guard entry.kind == .float else {
        throw file.failure("'\(name)' has elements of type \(entry.kind.rawValue), so it is no checkpoint")
      }
      let values = try file.floats(at: layout.dataStart + entry.offset, count: entry.shape.elementCount)
      values.withUnsafeBytes { checksum.update($0) }
      tensors.append((name, values))
    }
    guard checksum.hex() == expected else { throw file.failure("it is damaged: its checksum is another") }
  }
}

/// A checkpoint's bytes as they lie in the file.
private struct CheckpointBytes: ~Copyable {
  let path: String
  let count: Int
  private let descriptor: Int32

  init(_ path: String) throws(LearningError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw .unusableCheckpoint(path: path, reason: String(cString: strerror(errno)))
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .unusableCheckpoint(path: path, reason: "it is no file")
    }
    count = Int(status.st_size)
  }

  deinit { close(descriptor) }

  func failure(_ reason: String) -> LearningError { .unusableCheckpoint(path: path, reason: reason) }

  /// Both are within the file: its layout was checked.
  func bytes(at offset: Int, count: Int) throws(LearningError) -> [UInt8] {
    try elements(at: offset, count: count, of: UInt8.self)
  }

  func floats(at offset: Int, count: Int) throws(LearningError) -> [Float] {
    try elements(at: offset, count: count, of: Float.self)
  }

  private func elements<Element: BitwiseCopyable>(
    at offset: Int, count: Int, of type: Element.Type
  ) throws(LearningError) -> [Element] {
    let byteCount = count * MemoryLayout<Element>.stride
    guard offset >= 0, byteCount <= self.count - offset else { throw failure("it ends too early") }
    var filled = 0
    var code: Int32 = 0
    let elements = [Element](unsafeUninitializedCapacity: count) { target, initialized in
      let bytes = UnsafeMutableRawBufferPointer(target)
      while filled < byteCount {
        let got = pread(descriptor, bytes.baseAddress! + filled, byteCount - filled, off_t(offset + filled))
        if got < 0, errno == EINTR { continue }
        guard got > 0 else {
          code = got < 0 ? errno : 0
          break
        }
        filled += got
      }
      initialized = filled / MemoryLayout<Element>.stride
    }
    guard filled == byteCount else {
      throw failure(code == 0 ? "it ends too early" : String(cString: strerror(code)))
    }
    return elements
  }
}
