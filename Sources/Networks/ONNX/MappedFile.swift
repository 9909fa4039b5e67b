import Glibc

/// A regular file's bytes, mapped for reading; unmapped at the end of its life.
@safe struct MappedFile: ~Copyable {
  private let address: UnsafeMutableRawPointer
  let count: Int

  /// Maps the file at `path`. Throws `unreadable` where there is none, or it is empty or no regular file.
  init(path: String) throws(NetworkError) {
    // Not to wait for a writer, should it be a pipe.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.unreadable(path, errno) }
    try self.init(descriptor: descriptor, path: path)
  }

  static func unreadable(_ path: String, _ code: Int32) -> NetworkError {
    .unreadable(path: path, reason: unsafe String(cString: strerror(code)))
  }

  /// Maps an open file and closes the descriptor; errors call it `path`.
  init(descriptor: Int32, path: String) throws(NetworkError) {
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw Self.unreadable(path, errno) }
    let kind = status.st_mode & S_IFMT
    guard kind != S_IFDIR else { throw Self.unreadable(path, EISDIR) }
    guard kind == S_IFREG else { throw .unreadable(path: path, reason: "not a regular file") }
    let size = Int(status.st_size)
    guard size > 0 else { throw .unreadable(path: path, reason: "the file is empty") }
    guard let mapped = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), unsafe mapped != MAP_FAILED else {
      throw Self.unreadable(path, errno)
    }
    unsafe address = mapped
    count = size
  }

  /// Calls `body` with all bytes.
  func withBytes<R: ~Copyable>(
    _ body: (UnsafeRawBufferPointer) throws(NetworkError) -> R
  ) throws(NetworkError) -> R {
    try unsafe body(UnsafeRawBufferPointer(start: address, count: count))
  }

  /// Gives the memory of a part that has been read back to the system; it is read from the file again when asked for.
  func release(_ range: Range<Int>) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    // Whole pages only: the ends may be read with what lies beside them.
    let start = (range.lowerBound + page - 1) / page * page
    let end = range.upperBound == count ? count : range.upperBound / page * page
    guard range.lowerBound >= 0, range.upperBound <= count, start < end else { return }
    unsafe madvise(address + start, end - start, MADV_DONTNEED)
  }

  /// Adds the file's bytes to a digest, a piece at a time, so that they are not all held at once.
  func update(_ stream: inout DigestStream) {
    let piece = 4 << 20
    for start in stride(from: 0, to: count, by: piece) {
      let end = min(start + piece, count)
      unsafe stream.update(UnsafeRawBufferPointer(start: address + start, count: end - start))
      release(start..<end)
    }
  }

  deinit { unsafe munmap(address, count) }
}
