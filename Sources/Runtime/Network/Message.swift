import CNanomsg
import Glibc

/// One nanomsg message in the library's own buffer: received or sent without a copy, freed with its owner.
///
/// Bytes have no alignment: read them with `loadUnaligned`.
public struct Message: ~Copyable, @unchecked Sendable {
  // Sendable: the buffer has one owner, and nanomsg's buffers may be freed by any thread.
  private let pointer: UnsafeMutableRawPointer
  public let count: Int

  /// Takes over a buffer that nanomsg allocated.
  init(owning pointer: UnsafeMutableRawPointer, count: Int) {
    self.pointer = pointer
    self.count = count
  }

  /// A message of zeros.
  public init(count: Int) throws(SocketError) {
    guard count >= 0, let pointer = nn_allocmsg(count, 0) else { throw .outOfMemory(byteCount: count) }
    memset(pointer, 0, count)
    self.init(owning: pointer, count: count)
  }

  /// A message of `header` and `payload`, one after the other, in one allocation.
  public init(
    header: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
  ) throws(SocketError) {
    let (count, overflow) = header.count.addingReportingOverflow(payload.count)
    guard !overflow, let pointer = nn_allocmsg(count, 0) else { throw .outOfMemory(byteCount: count) }
    if let base = header.baseAddress { memcpy(pointer, base, header.count) }
    if let base = payload.baseAddress { memcpy(pointer + header.count, base, payload.count) }
    self.init(owning: pointer, count: count)
  }

  /// A message of `header` and `payload`, one after the other, in one allocation.
  public init(_ header: [UInt8], payload: [UInt8] = []) throws(SocketError) {
    guard let pointer = nn_allocmsg(header.count + payload.count, 0) else {
      throw .outOfMemory(byteCount: header.count + payload.count)
    }
    header.withUnsafeBytes { if let base = $0.baseAddress { memcpy(pointer, base, $0.count) } }
    payload.withUnsafeBytes { if let base = $0.baseAddress { memcpy(pointer + header.count, base, $0.count) } }
    self.init(owning: pointer, count: header.count + payload.count)
  }

  deinit { nn_freemsg(pointer) }

  public borrowing func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: pointer, count: count))
  }

  public mutating func withUnsafeMutableBytes<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeMutableRawBufferPointer(start: pointer, count: count))
  }

  /// The bytes, copied.
  public borrowing func bytes() -> [UInt8] { withUnsafeBytes { [UInt8]($0) } }

  /// Gives the buffer away: nanomsg frees it once it is sent.
  consuming func relinquish() -> UnsafeMutableRawPointer {
    let pointer = self.pointer
    discard self
    return pointer
  }
}
