import Networks
import Synchronization

/// A digest of what was read so far.
final class ContentDigest: Sendable {
  private let stream = Mutex(DigestStream())

  func add(_ bytes: [UInt8]) { stream.withLock { $0.update(bytes) } }
  func add(_ bytes: UnsafeRawBufferPointer) { unsafe add(Array(sha256Hex(bytes).utf8)) }
  var hex: String { stream.withLock { $0.hex() } }
}
