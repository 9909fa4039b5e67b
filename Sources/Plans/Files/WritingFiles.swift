import Glibc

/// Writes a file in pieces: a temporary one beside it first, which takes its name once all is written.
func writeFile(
  at path: String,
  _ body: ((UnsafeRawBufferPointer) throws(ShardError) -> Void) throws(ShardError) -> Void
) throws(ShardError) {
  let temporary = path + ".part"
  let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else { throw .unwritable(path: path, reason: ShardFile.reason(errno)) }
  do throws(ShardError) {
    try unsafe body { (piece: UnsafeRawBufferPointer) throws(ShardError) in
      var done = 0
      while done < piece.count {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: piece[done...])
        let count = unsafe write(descriptor, rest.baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw .unwritable(path: path, reason: ShardFile.reason(errno)) }
        done += count
      }
    }
  } catch {
    close(descriptor)
    unsafe unlink(temporary)
    throw error
  }
  guard close(descriptor) == 0, unsafe rename(temporary, path) == 0 else {
    let reason = ShardFile.reason(errno)
    unsafe unlink(temporary)
    throw .unwritable(path: path, reason: reason)
  }
}
