import Glibc

/// The signals that ask the program to end (SIGINT, SIGTERM, SIGHUP), heard on a thread of their own instead of in the
/// middle of something.
enum Signals {
  /// Where the signal handler, which may do next to nothing, writes the signal's number. Set once, before the handler
  /// is installed.
  private nonisolated(unsafe) static var writingEnd: Int32 = -1

  /// Runs `handler` on a thread of its own at the first terminating signal. A second one ends the process at once, even
  /// while the handler runs: for whoever does not want to wait for the clean-up.
  ///
  /// To be called once. A signal that our parent told us to ignore (`nohup`) stays ignored. System calls of other
  /// threads may end with EINTR when the signal arrives.
  static func watch(_ handler: @escaping @Sendable (Int32) -> Void) throws(Failure) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw cannot("open a pipe", errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    writingEnd = ends[1]
    let watcher = Unmanaged.passRetained(Watcher(readingEnd: ends[0], handler))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { pointer in
        if let pointer { Unmanaged<Watcher>.fromOpaque(pointer).takeRetainedValue().run() }
        return nil
      }, watcher.toOpaque())
    guard code == 0 else {
      watcher.release()
      throw cannot("start a thread", code)
    }
    pthread_detach(thread)

    var action = sigaction()
    action.__sigaction_handler.sa_handler = { signal in
      let saved = errno
      var number = UInt8(truncatingIfNeeded: signal)
      _ = write(Signals.writingEnd, &number, 1)
      errno = saved
    }
    action.sa_flags = SA_RESTART
    for signal in terminating where !isIgnored(signal) { sigaction(signal, &action, nil) }
  }

  private static let terminating = [SIGINT, SIGTERM, SIGHUP]

  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(signal, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private static func cannot(_ what: String, _ code: Int32) -> Failure {
    Failure(.temporary, "cannot \(what) for signals: \(String(cString: strerror(code)))")
  }

  private final class Watcher: Sendable {
    let readingEnd: Int32
    let handler: @Sendable (Int32) -> Void

    init(readingEnd: Int32, _ handler: @escaping @Sendable (Int32) -> Void) {
      self.readingEnd = readingEnd
      self.handler = handler
    }

    func run() {
      var number: UInt8 = 0
      while read(readingEnd, &number, 1) != 1 {}
      for signal in Signals.terminating where !Signals.isIgnored(signal) { Glibc.signal(signal, SIG_DFL) }
      handler(Int32(number))
    }
  }
}
