// The C library's names that CLinux includes, too, belong to whichever module the compiler reads first.
import CLinux
import Glibc

/// Tells the service manager how the agent fares: `READY=1`, `STATUS=`, `WATCHDOG=1`, `STOPPING=1` as datagrams to
/// `$NOTIFY_SOCKET` (the protocol of sd_notify(3)).
///
/// Not by `sd_notify` itself, which waits where the service manager does not read: the reactor must not. What does not
/// go out now goes with the next turn. Lives on the reactor.
final class ServiceNotifier {
  private let descriptor: Int32
  private var address = sockaddr_un()
  private let addressLength: socklen_t
  /// Half of what the service manager waits for a sign of life; nil where it waits for none.
  private let watchdogNanoseconds: UInt64?
  private var nextWatchdog: UInt64?
  /// State that did not go out yet, oldest first.
  private var waiting: [String] = []
  private var status = ""
  private var statusIsNew = false
  private var nextStatus: UInt64 = 0

  /// A changed status is told once a second at most.
  static let statusNanoseconds: UInt64 = 1_000_000_000

  /// nil where no service manager listens.
  init?(socket: String?, watchdogMicroseconds: String? = nil, watchdogProcess: String? = nil) {
    // A path, or a name in Linux's abstract namespace.
    guard let socket, socket.hasPrefix("/") || socket.hasPrefix("@"), socket.utf8.count > 1 else { return nil }
    var bytes = Array(socket.utf8)
    let isAbstract = socket.hasPrefix("@")
    if isAbstract { bytes[0] = 0 }
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    guard bytes.count < capacity else { return nil }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
    addressLength = socklen_t(offset + bytes.count + (isAbstract ? 0 : 1))
    descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    let isMine = watchdogProcess.map { $0 == "\(getpid())" } ?? true
    let microseconds = watchdogMicroseconds.flatMap(UInt64.init) ?? 0
    // Above a day nobody means a watchdog; the bound keeps the arithmetic in range.
    watchdogNanoseconds = isMine && microseconds > 0 ? min(microseconds, 86_400_000_000) * 500 : nil
  }

  /// The service manager that started this process, if one did and wants to know.
  static func current() -> ServiceNotifier? {
    ServiceNotifier(
      socket: Environment["NOTIFY_SOCKET"], watchdogMicroseconds: Environment["WATCHDOG_USEC"],
      watchdogProcess: Environment["WATCHDOG_PID"])
  }

  deinit { close(descriptor) }

  /// The agent listens and takes part. From now on signs of life are due.
  func ready(now: UInt64) {
    waiting.append("READY=1")
    if watchdogNanoseconds != nil { nextWatchdog = now }
    passTime(now: now)
  }

  func stopping(now: UInt64) {
    waiting.append("STOPPING=1\nSTATUS=Leaving the mesh")
    passTime(now: now)
  }

  /// One line on how the agent fares, for `systemctl status`. Told when it changes, made once a second at most.
  func updateStatus(now: UInt64, _ make: () -> String) {
    guard !statusIsNew, now >= nextStatus else { return }
    let line = JournalEntry.line(make())
    guard line != status else {
      nextStatus = now + Self.statusNanoseconds
      return
    }
    status = line
    statusIsNew = true
  }

  /// When `passTime` is due; nil where nothing is.
  var due: UInt64? {
    let status = statusIsNew ? nextStatus : nil
    return [nextWatchdog, status].compactMap { $0 }.min()
  }

  /// Called in every turn of the reactor's loop: the sign of life comes from there and nowhere else, so that a reactor
  /// that hangs is seen to.
  func passTime(now: UInt64) {
    while let first = waiting.first, send(first) { waiting.removeFirst() }
    guard waiting.isEmpty else { return }
    if let due = nextWatchdog, now >= due, send("WATCHDOG=1") { nextWatchdog = now + (watchdogNanoseconds ?? 0) }
    if statusIsNew, now >= nextStatus, send("STATUS=\(status)") {
      statusIsNew = false
      nextStatus = now + Self.statusNanoseconds
    }
  }

  /// False where it did not go out now and is to be tried again.
  private func send(_ state: String) -> Bool {
    let bytes = Array(state.utf8)
    let sent = withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(
          descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT), $0, addressLength)
      }
    }
    // Where nobody listens any more, nobody is to be told.
    return sent >= 0 || (errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
  }
}
