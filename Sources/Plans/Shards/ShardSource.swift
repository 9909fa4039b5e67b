import Glibc
import Networks
import Synchronization
import Tensors

/// Where a shard's bytes lie: in memory, or in a file that stays open and is read piece by piece.
enum ShardSource: Sendable {
  case memory([UInt8])
  case file(ShardFile)

  var byteCount: Int {
    switch self {
    case .memory(let bytes): bytes.count
    case .file(let file): file.byteCount
    }
  }

  /// Reads bytes that lie within the source.
  func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(ShardError) {
    guard offset >= 0, target.count <= byteCount, offset <= byteCount - target.count else {
      throw .malformed("it ends too early")
    }
    switch self {
    case .memory(let bytes):
      unsafe bytes.withUnsafeBytes { source in
        unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[offset..<offset + target.count]))
      }
    case .file(let file): try unsafe file.read(at: offset, into: target)
    }
  }

  func bytes(at offset: Int, count: Int) throws(ShardError) -> [UInt8] {
    guard count <= byteCount else { throw .malformed("it ends too early") }
    var bytes = [UInt8](repeating: 0, count: count)
    var failure: ShardError?
    unsafe bytes.withUnsafeMutableBytes { target in
      do throws(ShardError) { try unsafe read(at: offset, into: target) } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Elements that are widened at a time.
  private static let widenedElements = 1 << 16

  /// Reads floats that are stored in another type.
  private func read(
    _ type: WeightType, at offset: Int, into target: UnsafeMutableBufferPointer<Float>
  ) throws(ShardError) {
    var failure: ShardError?
    unsafe withUnsafeTemporaryAllocation(byteCount: Self.widenedElements * type.byteCount, alignment: 64) { buffer in
      var start = 0
      while start < target.count, failure == nil {
        let end = min(start + Self.widenedElements, target.count)
        let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<((end - start) * type.byteCount)])
        do throws(ShardError) {
          try unsafe read(at: offset + start * type.byteCount, into: piece)
          unsafe type.widen(
            UnsafeRawBufferPointer(piece), into: UnsafeMutableBufferPointer(rebasing: target[start..<end]))
        } catch { failure = error }
        start = end
      }
    }
    if let failure { throw failure }
  }

  /// Floats whose tensor takes at least this are read when they are looked at.
  static let deferredBytes = 1 << 16

  /// The same, but large tensors of floats are read when they are looked at. Where that fails they are zeros, and
  /// `failures` knows.
  func constant(
    _ entry: SafetensorsHeader.Entry, dataStart: Int, deferring failures: ReadFailures
  ) throws(ShardError) -> Constant {
    guard entry.kind.weightType != nil, entry.byteCount >= Self.deferredBytes else {
      return try constant(entry, dataStart: dataStart)
    }
    return .float(
      Tensor(shape: entry.shape) {
        do throws(ShardError) {
          if case .float(let tensor) = try constant(entry, dataStart: dataStart) { return tensor }
        } catch { failures.note(error) }
        return Tensor(shape: entry.shape)
      })
  }

  func constant(_ entry: SafetensorsHeader.Entry, dataStart: Int) throws(ShardError) -> Constant {
    switch entry.kind {
    case .float:
      var failure: ShardError?
      let tensor = unsafe Tensor(shape: entry.shape) { target in
        do throws(ShardError) {
          try unsafe read(at: dataStart + entry.offset, into: UnsafeMutableRawBufferPointer(target))
        } catch { failure = error }
      }
      if let failure { throw failure }
      return .float(tensor)
    case .bfloat16, .float16:
      let type = entry.kind.weightType ?? .float32
      var failure: ShardError?
      let tensor = unsafe Tensor(shape: entry.shape) { target in
        do throws(ShardError) {
          try unsafe read(type, at: dataStart + entry.offset, into: target)
        } catch { failure = error }
      }
      if let failure { throw failure }
      return .float(tensor)
    case .integer:
      let bytes = try bytes(at: dataStart + entry.offset, count: entry.byteCount)
      let elements = (0..<entry.shape.elementCount).map { index in
        Int(truncatingIfNeeded: (0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[index * 8 + $1]) })
      }
      return .integer(IntegerTensor(shape: entry.shape, elements: elements))
    case .boolean:
      let bytes = try bytes(at: dataStart + entry.offset, count: entry.byteCount)
      return .integer(IntegerTensor(shape: entry.shape, elements: bytes.map { $0 == 0 ? 0 : 1 }, isBoolean: true))
    }
  }
}

/// The first failure of what was read later than it was asked for.
final class ReadFailures: Sendable {
  private let first = Mutex<ShardError?>(nil)

  func note(_ error: ShardError) { first.withLock { $0 = $0 ?? error } }

  func check() throws(ShardError) {
    if let error = first.withLock({ $0 }) { throw error }
  }
}

/// An open file, closed with its last reference.
final class ShardFile: Sendable {
  private let descriptor: Int32
  let path: String
  let byteCount: Int

  init(path: String) throws(ShardError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path: path, reason: Self.reason(errno)) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .unreadable(path: path, reason: "it is not a regular file")
    }
    self.descriptor = descriptor
    self.path = path
    byteCount = Int(status.st_size)
  }

  deinit { close(descriptor) }

  func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(ShardError) {
    var done = 0
    while done < target.count {
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: target[done...])
      let count = unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(path: path, reason: Self.reason(errno)) }
      guard count > 0 else { throw .malformed("it became shorter while it was read") }
      done += count
    }
  }

  static func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
