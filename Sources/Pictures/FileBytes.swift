import Glibc

/// Whole files, read and written with bounds and named errors.
enum FileBytes {
  /// The bytes of the file at `path`, at most `limit`. Pipes and devices are read to their end.
  static func read(_ path: String, limit: Int) throws(PictureError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(name: path, reason: message(errno)) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(name: path, reason: message(errno)) }
    if status.st_mode & S_IFMT == S_IFDIR { throw .unreadable(name: path, reason: "it is a directory") }
    let tooLarge = PictureError.tooLarge(name: path, reason: "at most \(limit >> 20) MiB are taken")
    guard status.st_size <= limit else { throw tooLarge }

    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(status.st_size) + 1)
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw .unreadable(name: path, reason: message(errno))
      }
      if count == 0 { return bytes }
      guard bytes.count + count <= limit else { throw tooLarge }
      bytes += chunk[..<count]
    }
  }

  /// Writes `parts` one after the other as the file at `path`. It appears whole or not at all: a reader never sees half
  /// of it. Pipes and devices are written to as they stand.
  static func write(_ parts: [UnsafeRawBufferPointer], to path: String) throws(PictureError) {
    var status = stat()
    let isSpecial = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    let draft = isSpecial ? path : path + ".part"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .unwritable(name: path, reason: message(errno)) }
    for part in parts {
      var sent = 0
      while sent < part.count {
        let count = Glibc.write(descriptor, part.baseAddress?.advanced(by: sent), part.count - sent)
        if count >= 0 {
          sent += count
          continue
        }
        if errno == EINTR { continue }
        let reason = message(errno)
        close(descriptor)
        if !isSpecial { unlink(draft) }
        throw .unwritable(name: path, reason: reason)
      }
    }
    guard close(descriptor) == 0, isSpecial || rename(draft, path) == 0 else {
      let reason = message(errno)
      if !isSpecial { unlink(draft) }
      throw .unwritable(name: path, reason: reason)
    }
  }

  static func message(_ code: Int32) -> String { String(cString: strerror(code)) }
}
