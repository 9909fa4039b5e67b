import Glibc
import Synchronization

/// Where a command prints: results to `output`, everything else to `errors`.
struct Console: Sendable {
  var output: Output
  var errors: Output
  /// Columns to wrap pages to.
  var width: Int
  /// Whether a person watches the output, so that lines may be redrawn.
  var isTerminal: Bool

  /// The process's own standard output and standard error.
  static var standard: Console {
    Console(
      output: .descriptor(STDOUT_FILENO, name: "standard output"),
      errors: .descriptor(STDERR_FILENO, name: "standard error"),
      width: terminalWidth(), isTerminal: isatty(STDOUT_FILENO) == 1)
  }

  /// Opens what our parent closed, lest a socket become standard output.
  static func secureDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
      _ = open("/dev/null", O_RDWR)
    }
  }

  /// Prints one line of results.
  func print(_ line: String) throws(Failure) { try output.write(line + "\n") }

  /// Prints one line of results for programs.
  func print(_ value: JSON) throws(Failure) { try output.write(value.line + "\n") }

  /// Prints one line about what is going on. That nobody reads it is no reason to stop.
  func note(_ line: String) { try? errors.write(line + "\n") }

  private static func terminalWidth() -> Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Swift.min(Swift.max(Int(size.ws_col), 60), 100)
  }
}

/// A stream of text. Each `write` is whole: lines of several threads do not mix.
struct Output: Sendable {
  let write: @Sendable (String) throws(Failure) -> Void

  init(_ write: @escaping @Sendable (String) throws(Failure) -> Void) { self.write = write }

  static func descriptor(_ descriptor: Int32, name: String) -> Output {
    let turn = Turn()
    return Output { text throws(Failure) in try turn.write(Array(text.utf8), to: descriptor, name: name) }
  }
}

/// Lets one thread write at a time.
private final class Turn: Sendable {
  private let lock = Mutex(())

  func write(_ bytes: [UInt8], to descriptor: Int32, name: String) throws(Failure) {
    let code = lock.withLock { _ in Self.writeAll(bytes, to: descriptor) }
    switch code {
    case 0: return
    case EPIPE: throw Failure(.inputOutput, "\(name) was closed by its reader")
    default: throw Failure(.inputOutput, "cannot write to \(name): \(String(cString: strerror(code)))")
    }
  }

  /// Returns 0 or the error's number.
  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress?.advanced(by: sent), $0.count - sent) }
      if count > 0 {
        sent += count
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        // Somebody made the terminal non-blocking for all who share it.
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&ready, 1, 1000)
      case let code: return code
      }
    }
    return 0
  }
}
