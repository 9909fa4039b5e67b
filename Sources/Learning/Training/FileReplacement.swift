import Glibc

/// Replaces a file at once: what is new is written beside it, synced, and takes its name; whatever fails, and whenever
/// the machine stops, the old file or the new one is there whole.
struct FileReplacement {
  /// The system's calls that can fail once the file is open; tests put others in their place. They answer as the
  /// system's do, and set `errno`.
  struct Calls {
    var write: (Int32, UnsafeRawBufferPointer) -> Int = { Glibc.write($0, $1.baseAddress, $1.count) }
    var sync: (Int32) -> Int32 = { fsync($0) }
    var close: (Int32) -> Int32 = { Glibc.close($0) }
    var rename: (String, String) -> Int32 = { Glibc.rename($0, $1) }
  }

  let path: String
  var calls = Calls()

  /// Where the new file is written.
  private var temporary: String { path + ".part" }

  private func failure(_ code: Int32) -> LearningError {
    .unwritable(path: path, reason: String(cString: strerror(code)))
  }

  /// Writes what `body` gives, piece by piece. Throws `unwritable`; the old file is still there then and the new one's
  /// beginning is not.
  func write(
    _ body: ((UnsafeRawBufferPointer) throws(LearningError) -> Void) throws(LearningError) -> Void
  ) throws(LearningError) {
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure(errno) }
    var isOpen = true
    do throws(LearningError) {
      try body { (piece: UnsafeRawBufferPointer) throws(LearningError) in try write(piece, to: descriptor) }
      guard calls.sync(descriptor) == 0 else { throw failure(errno) }
      isOpen = false
      guard calls.close(descriptor) == 0, calls.rename(temporary, path) == 0 else { throw failure(errno) }
    } catch {
      if isOpen { _ = calls.close(descriptor) }
      unlink(temporary)
      throw error
    }
    try syncFolder()
  }

  /// The same for a text.
  func write(_ text: String) throws(LearningError) {
    let bytes = Array(text.utf8)
    try write { (give: (UnsafeRawBufferPointer) throws(LearningError) -> Void) throws(LearningError) in
      try bytes.giving(give)
    }
  }

  private func write(_ piece: UnsafeRawBufferPointer, to descriptor: Int32) throws(LearningError) {
    var rest = piece
    while !rest.isEmpty {
      let count = calls.write(descriptor, rest)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure(count < 0 ? errno : ENOSPC) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// So that the name, too, outlasts a power cut. File systems that cannot do it for folders do it by themselves.
  private func syncFolder() throws(LearningError) {
    let end = path.lastIndex(of: "/")
    let folder = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(errno) }
    defer { close(descriptor) }
    guard calls.sync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else { throw failure(errno) }
  }
}

extension Array where Element: BitwiseCopyable {
  /// Hands the elements' bytes on, all in one piece.
  func giving(
    _ give: (UnsafeRawBufferPointer) throws(LearningError) -> Void
  ) throws(LearningError) {
    var failure: LearningError?
    withUnsafeBytes { bytes in
      do throws(LearningError) { try give(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
