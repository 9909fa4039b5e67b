import CNanomsg
import Glibc
import Testing

@testable import Runtime

/// Waits until `descriptor` polls readable. The limit is for a broken build; nothing passes by it.
func waitReadable(_ descriptor: Int32, milliseconds: Int = 10_000) throws -> Bool {
  var poll = PollSet()
  poll.add(descriptor, token: 0)
  var ready = false
  let deadline = MonotonicClock.now() + UInt64(milliseconds) * 1_000_000
  while !ready, MonotonicClock.now() < deadline { try poll.wait(until: deadline) { _ in ready = true } }
  return ready
}

extension Socket {
  /// The next message, waited for.
  borrowing func nextMessage(milliseconds: Int = 10_000) throws -> [UInt8]? {
    let descriptor = try receiveDescriptor
    let deadline = MonotonicClock.now() + UInt64(milliseconds) * 1_000_000
    while MonotonicClock.now() < deadline {
      if let message = try receive() { return message.bytes() }
      guard try waitReadable(descriptor, milliseconds: milliseconds) else { return nil }
    }
    return nil
  }

  /// Sends as soon as a connection takes it.
  borrowing func sendWaiting(_ bytes: [UInt8]) throws {
    let descriptor = try sendDescriptor
    var message: Message? = try Message(bytes)
    while let pending = message.take() {
      message = try send(pending)
      if message != nil { guard try waitReadable(descriptor) else { throw Failure.neverWritable } }
    }
  }

  enum Failure: Error { case neverWritable }
}

/// A client without nanomsg: a plain TCP connection that says whatever a test wants.
final class RawConnection {
  let descriptor: Int32

  init(owning descriptor: Int32) { self.descriptor = descriptor }

  init(to endpoint: Endpoint) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = endpoint.port.bigEndian
    inet_pton(AF_INET, endpoint.host, &address.sin_addr)
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard code == 0 else { throw SocketError.system(operation: "connect", code: errno) }
  }

  deinit { close(descriptor) }

  /// Sends without waiting for room; a connection that the other side has closed takes nothing.
  func write(_ bytes: [UInt8]) {
    _ = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
  }

  /// Whether the other side closes the connection; what it says before is read away.
  func isClosedByPeer(milliseconds: Int = 10_000) throws -> Bool {
    var buffer = [UInt8](repeating: 0, count: 256)
    while try waitReadable(descriptor, milliseconds: milliseconds) {
      if recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT)) <= 0 { return true }
    }
    return false
  }

  /// Reads exactly `count` bytes.
  func read(_ count: Int) throws -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count, try waitReadable(descriptor) {
      let got = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + filled, count - filled, 0) }
      guard got > 0 else { return nil }
      filled += got
    }
    return filled == count ? bytes : nil
  }

  /// nanomsg's greeting: the scalability protocol's header with a socket type.
  static func greeting(_ spProtocol: Int32) -> [UInt8] {
    [
      0, UInt8(ascii: "S"), UInt8(ascii: "P"), 0, UInt8(truncatingIfNeeded: spProtocol >> 8),
      UInt8(truncatingIfNeeded: spProtocol), 0, 0,
    ]
  }

  /// A frame's length field.
  static func length(_ count: UInt64) -> [UInt8] { withUnsafeBytes(of: count.bigEndian) { [UInt8]($0) } }
}

/// Bytes of memory that this process has resident.
func residentBytes() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 128)
  guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
  let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  return (Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
}

/// A folder of a test's own, removed with its owner.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = [CChar]("/tmp/edgemesh-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SocketError.system(operation: "mkdtemp", code: errno) }
    path = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { removeTree(path) }

  private func removeTree(_ path: String) {
    if let directory = opendir(path) {
      while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        guard name != ".", name != ".." else { continue }
        if unlink("\(path)/\(name)") != 0 { removeTree("\(path)/\(name)") }
      }
      closedir(directory)
    }
    rmdir(path)
  }
}
