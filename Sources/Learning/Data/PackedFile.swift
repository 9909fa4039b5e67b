import CZlib
import Glibc

/// A data set's file, read from its beginning on, plain or packed by gzip (its first bytes tell). The only place that
/// calls zlib.
struct PackedFile: ~Copyable {
  let path: String
  /// Bytes on the disk.
  let size: Int
  private let file: gzFile

  init(_ path: String) throws(LearningError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadableData(path: path, reason: Folder.message(errno)) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .unreadableData(path: path, reason: "it is no file")
    }
    guard let file = gzdopen(descriptor, "rb") else {
      close(descriptor)
      throw .unreadableData(path: path, reason: "there is no memory to unpack it")
    }
    gzbuffer(file, 1 << 17)
    self.path = path
    self.size = Int(status.st_size)
    self.file = file
  }

  deinit { gzclose_r(file) }

  func failure(_ reason: String) -> LearningError { .unreadableData(path: path, reason: reason) }

  /// Throws where the file cannot hold `count` bytes, so that nobody makes room for more than was there: what is packed
  /// grows by 1032 at most.
  func expect(_ count: Int, limit: Int) throws(LearningError) {
    let most = size.multipliedReportingOverflow(by: gzdirect(file) == 1 ? 1 : 1032)
    guard most.overflow || count <= most.partialValue else {
      throw failure("its header promises \(count) bytes, more than its \(size) bytes can hold; fetch it again")
    }
    guard count <= limit else {
      throw failure("it holds \(count) bytes, more than the \(limit) that are taken")
    }
  }

  /// The next `count` bytes.
  func read(_ count: Int) throws(LearningError) -> [UInt8] {
    var filled = 0
    var problem: LearningError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      while filled < count {
        let step = gzread(file, target.baseAddress! + filled, UInt32(min(count - filled, 1 << 30)))
        if step <= 0 {
          problem = isSound ? failure("it ends after \(filled) of \(count) bytes; fetch it again") : broken()
          break
        }
        filled += Int(step)
      }
      initialized = filled
    }
    if let problem { throw problem }
    return bytes
  }

  /// Throws unless the file ends here; a packed file's checksum is compared, too.
  func expectEnd() throws(LearningError) {
    var byte: UInt8 = 0
    let count = gzread(file, &byte, 1)
    guard isSound else { throw broken() }
    guard count == 0 else { throw failure("it goes on after what its header promises") }
  }

  /// Whether no call failed so far; a packed file that ends too early counts as a failure.
  private var isSound: Bool {
    var code: Int32 = 0
    _ = gzerror(file, &code)
    return code == Z_OK || code == Z_STREAM_END
  }

  private func broken() -> LearningError {
    var code: Int32 = 0
    let text = gzerror(file, &code)
    switch code {
    case Z_ERRNO: return failure(Folder.message(errno))
    case Z_BUF_ERROR: return failure("it is packed and ends too early; fetch it again")
    default:
      let reason = text.map { String(cString: $0) } ?? "unknown"
      return failure("it is packed and damaged (\(reason)); fetch it again")
    }
  }
}
