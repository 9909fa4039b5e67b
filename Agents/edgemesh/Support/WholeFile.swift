import Glibc

/// Whole files: read up to a limit, written whole or not at all.
enum WholeFile {
  /// The bytes of the file at `path`, which a message calls `what`, such as "the plan".
  static func read(_ path: String, as what: String, limit: Int) throws(Failure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure(.missingInput, "cannot read \(what) \(path): \(reason(errno))") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Failure(.missingInput, "cannot read \(what) \(path): \(reason(errno))") }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
      guard bytes.count <= limit else {
        throw Failure(.badData, "\(path) is too large for \(what): at most \(ByteSize.format(limit)) are taken")
      }
    }
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Writes `bytes` to a file beside `path` first, which then takes its name. With `permissions` it gets these, else
  /// what the user's mask leaves; where it `isDurable`, a power cut right afterwards leaves the old file or the new one.
  static func write(
    _ bytes: [UInt8], to path: String, as what: String, permissions: mode_t? = nil, isDurable: Bool = false
  ) throws(Failure) {
    func cannot(_ code: Int32) -> Failure { Failure(.cannotCreate, "cannot write \(what) \(path): \(reason(code))") }
    let temporary = "\(path).\(getpid()).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw cannot(errno) }
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress?.advanced(by: sent), $0.count - sent) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let code = count < 0 ? errno : ENOSPC
        close(descriptor)
        unlink(temporary)
        throw cannot(code)
      }
      sent += count
    }
    let isReady =
      (permissions.map { fchmod(descriptor, $0) == 0 } ?? true) && (!isDurable || fsync(descriptor) == 0)
    let code = errno
    guard close(descriptor) == 0, isReady, rename(temporary, path) == 0 else {
      let code = isReady ? errno : code
      unlink(temporary)
      throw cannot(code)
    }
    if isDurable { synchronizeDirectory(of: path) }
  }

  /// Has the file's new name reach the disk. Some file systems cannot, and then have nothing to be waited for.
  private static func synchronizeDirectory(of path: String) {
    let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return }
    _ = fsync(directory)
    close(directory)
  }

  /// Makes the directory at `path` where it is missing; those above it must be there. One that is made gets
  /// `permissions` where they are given, whatever the user's mask says.
  static func makeDirectory(_ path: String, permissions: mode_t? = nil) throws(Failure) {
    if mkdir(path, 0o777) == 0 {
      if let permissions, chmod(path, permissions) != 0 {
        throw Failure(.cannotCreate, "cannot make the directory \(path): \(reason(errno))")
      }
      return
    }
    let code = errno
    var status = stat()
    let isDirectory = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    guard code == EEXIST, isDirectory else {
      throw Failure(.cannotCreate, "cannot make the directory \(path): \(reason(code))")
    }
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
