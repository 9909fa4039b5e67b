import Glibc

/// A regular file's bytes, mapped for reading; unmapped at the end of its life.
@safe struct MappedFile: ~Copyable {
  private let address: UnsafeMutableRawPointer
  private let count: Int

  /// Maps the file at `path`. Throws `unreadable` where there is none, or it is empty or no regular file.
  init(path: String) throws(NetworkError) {
    func unreadable(_ code: Int32) -> NetworkError {
      .unreadable(path: path, reason: unsafe String(cString: strerror(code)))
    }
    // Not to wait for a writer, should it be a pipe.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw unreadable(errno) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw unreadable(errno) }
    let kind = status.st_mode & S_IFMT
    guard kind != S_IFDIR else { throw unreadable(EISDIR) }
    guard kind == S_IFREG else { throw .unreadable(path: path, reason: "not a regular file") }
    let size = Int(status.st_size)
    guard size > 0 else { throw .unreadable(path: path, reason: "the file is empty") }
    guard let mapped = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), unsafe mapped != MAP_FAILED else {
      throw unreadable(errno)
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

  deinit { unsafe munmap(address, count) }
}
