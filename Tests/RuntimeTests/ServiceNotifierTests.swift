import Glibc
import Testing

@testable import Runtime

/// What goes to the service manager, when, and that nothing waits for it.
@Suite struct ServiceNotifierTests {
  /// A datagram socket in the abstract namespace, which needs no file.
  final class Manager {
    let name: String
    private let descriptor: Int32

    init() throws {
      var random = SystemRandomNumberGenerator()
      name = "@edgemesh-test-\(getpid())-\(random.next())"
      descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      let bytes = [0] + Array(name.utf8.dropFirst())
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
      let code = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(2 + bytes.count)) }
      }
      try #require(code == 0)
    }

    deinit { close(descriptor) }

    /// What has come since the last time.
    func take() -> [String] {
      var all: [String] = []
      var buffer = [UInt8](repeating: 0, count: 4_096)
      while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 {
        all.append(String(decoding: buffer[..<count], as: UTF8.self))
      }
      return all
    }
  }

  static let second: UInt64 = 1_000_000_000

  @Test(arguments: [nil, "", "/", "@", "relative", "vsock:2:1", "/" + String(repeating: "x", count: 200)] as [String?])
  func nobodyListens(_ socket: String?) { #expect(ServiceNotifier(socket: socket) == nil) }

  @Test func aManagerThatIsGoneHoldsNobodyUp() throws {
    let notifier = try #require(ServiceNotifier(socket: "/nonexistent/notify", watchdogMicroseconds: "1000"))
    notifier.ready(now: 0)
    notifier.stopping(now: 1)
  }

  @Test func readyThenSignsOfLifeAtHalfTheTime() throws {
    let manager = try Manager()
    let notifier = try #require(
      ServiceNotifier(socket: manager.name, watchdogMicroseconds: "2000000", watchdogProcess: "\(getpid())"))
    #expect(notifier.due == nil)
    notifier.passTime(now: 0)
    #expect(manager.take().isEmpty)
    notifier.ready(now: 5 * Self.second)
    #expect(manager.take() == ["READY=1", "WATCHDOG=1"])
    #expect(notifier.due == 6 * Self.second)
    notifier.passTime(now: 6 * Self.second - 1)
    #expect(manager.take().isEmpty)
    notifier.passTime(now: 6 * Self.second)
    #expect(manager.take() == ["WATCHDOG=1"])
    notifier.stopping(now: 6 * Self.second + 1)
    #expect(manager.take() == ["STOPPING=1\nSTATUS=Leaving the mesh"])
  }

  @Test(arguments: [(nil, nil), ("0", nil), ("abc", nil), ("-1", nil), ("1000000", "1")] as [(String?, String?)])
  func noWatchdog(_ microseconds: String?, _ process: String?) throws {
    let manager = try Manager()
    let notifier = try #require(
      ServiceNotifier(socket: manager.name, watchdogMicroseconds: microseconds, watchdogProcess: process))
    notifier.ready(now: 1)
    #expect(manager.take() == ["READY=1"])
    #expect(notifier.due == nil)
  }

  @Test func aStatusWhenItChangesOnceASecond() throws {
    let manager = try Manager()
    let notifier = try #require(ServiceNotifier(socket: manager.name))
    notifier.ready(now: 0)
    var made = 0
    func pass(_ time: UInt64, _ status: String) -> [String] {
      notifier.updateStatus(now: time) {
        made += 1
        return status
      }
      notifier.passTime(now: time)
      return manager.take()
    }
    #expect(pass(1, "one member\nREADY=0") == ["READY=1", "STATUS=one member\\nREADY=0"])
    #expect(pass(2, "two members").isEmpty && made == 1)
    #expect(pass(1 + Self.second, "two members") == ["STATUS=two members"])
    #expect(pass(1 + 2 * Self.second, "two members").isEmpty && made == 3)
    #expect(pass(2 + 2 * Self.second, "three members").isEmpty && made == 3)
    #expect(pass(1 + 3 * Self.second, "three members") == ["STATUS=three members"])
  }

  /// A manager that does not read: nothing waits, and what matters goes when there is room.
  @Test func aManagerThatDoesNotRead() throws {
    let manager = try Manager()
    let other = try #require(ServiceNotifier(socket: manager.name, watchdogMicroseconds: "2"))
    other.ready(now: 0)
    // Fills the queue: the kernel takes some hundred datagrams.
    for time in 1...10_000 as ClosedRange<UInt64> { other.passTime(now: time * Self.second) }
    let notifier = try #require(ServiceNotifier(socket: manager.name))
    notifier.ready(now: 0)
    #expect(!manager.take().dropFirst().contains("READY=1"))
    notifier.passTime(now: 1)
    #expect(manager.take() == ["READY=1"])
  }
}
