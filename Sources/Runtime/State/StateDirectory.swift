import Glibc
import Networks

/// Small files of an agent's state, written so that a power cut leaves the old one or the new one.
public enum StateDirectory {
  /// Where an agent keeps its state unless told otherwise: systemd's directory, else the user's.
  public static func defaultPath() -> String {
    if let first = Environment["STATE_DIRECTORY"]?.split(separator: ":").first { return String(first) }
    // A relative path there counts as none, as the specification has it.
    if let state = Environment["XDG_STATE_HOME"], state.hasPrefix("/") { return "\(state)/edgemesh" }
    return "\(Environment["HOME"] ?? "/var/lib")/.local/state/edgemesh"
  }

  /// Makes a directory and those above it, for this user alone.
  static func make(_ path: String) throws(StateError) {
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      made += "/\(part)"
      if mkdir(made, 0o700) != 0, errno != EEXIST { throw .last(made, byteCount: 0) }
    }
    var status = stat()
    guard stat(path, &status) == 0 else { throw .last(path, byteCount: 0) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw .unusable(path: path, reason: "it is no directory") }
    // Whoever can write here could plant an identity.
    guard status.st_mode & S_IWOTH == 0 else {
      throw .unusable(path: path, reason: "everybody can write to it; give --state a directory of the agent's own")
    }
    guard access(path, W_OK | X_OK) == 0 else { throw .last(path, byteCount: 0) }
  }

  /// Names in a directory, ascending.
  static func names(in path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// A file's bytes, up to a limit; nil where there is no such file.
  static func read(_ path: String, limit: Int) throws(StateError) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw .last(path, byteCount: 0)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .last(path, byteCount: 0) }
    let size = Int(status.st_size)
    guard size <= limit else { throw .tooLarge(byteCount: size, limit: limit) }
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = 0
      while count < size {
        let got = Glibc.read(descriptor, buffer.baseAddress! + count, size - count)
        if got < 0, errno == EINTR { continue }
        if got <= 0 {
          failed = got < 0
          break
        }
        count += got
      }
    }
    if failed { throw .last(path, byteCount: 0) }
    return bytes
  }

  /// The SHA-256 of a file's bytes, in hexadecimal, read piece by piece.
  static func digest(_ path: String) throws(StateError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last(path, byteCount: 0) }
    defer { close(descriptor) }
    var hash = DigestStream()
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    while true {
      let got = Glibc.read(descriptor, &buffer, buffer.count)
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw .last(path, byteCount: 0) }
      guard got > 0 else { return hash.hex() }
      buffer.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<got])) }
    }
  }

  static func readText(_ path: String) throws(StateError) -> String? {
    guard let bytes = try read(path, limit: 1 << 20) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  /// A file of /proc, which does not tell its size.
  static func readProcText(_ path: String) throws(StateError) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = Glibc.read(descriptor, &buffer, buffer.count)
    guard count >= 0 else { throw .last(path, byteCount: 0) }
    return String(decoding: buffer.prefix(count), as: UTF8.self)
  }

  static func write(_ text: String, to path: String) throws(StateError) { try write(Array(text.utf8), to: path) }

  /// Replaces a file: written beside it, synced, renamed, and the directory synced.
  static func write(_ bytes: [UInt8], to path: String) throws(StateError) {
    let temporary = "\(path).new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .last(temporary, byteCount: bytes.count) }
    do throws(StateError) {
      defer { close(descriptor) }
      try append(bytes, to: descriptor, path: temporary)
      guard fsync(descriptor) == 0 else { throw StateError.last(temporary, byteCount: bytes.count) }
    } catch {
      unlink(temporary)
      throw error
    }
    try publish(temporary, as: path)
  }

  /// Writes all of `bytes`.
  static func append(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(StateError) {
    var written = 0
    while written < bytes.count {
      let got = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, bytes.count - written) }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { throw .last(path, byteCount: bytes.count - written) }
      written += got
    }
  }

  /// Gives a synced file its name, for good.
  static func publish(_ temporary: String, as path: String) throws(StateError) {
    guard rename(temporary, path) == 0 else {
      let error = StateError.last(path, byteCount: 0)
      unlink(temporary)
      throw error
    }
    let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw .last(parent, byteCount: 0) }
    defer { close(directory) }
    guard fsync(directory) == 0 else { throw .last(parent, byteCount: 0) }
  }
}
