import Glibc

/// The signals that ask the program to end, received in order on a thread or a descriptor instead of in the middle of
/// something.
///
/// `block` first, in the main thread, before any other thread starts: threads inherit the mask. Then either `watch`
/// or, for a loop that polls descriptors anyway, `openDescriptor`.
enum Signals {
  /// SIGINT, SIGTERM and SIGHUP, less what our parent told us to ignore (`nohup`), for a blocked signal arrives even
  /// where it is ignored.
  private static var terminating: [Int32] {
    [SIGINT, SIGTERM, SIGHUP].filter { signal in
      var action = sigaction()
      guard sigaction(signal, nil, &action) == 0 else { return true }
      return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) != 1
    }
  }

  private static var mask: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in terminating { sigaddset(&set, signal) }
    return set
  }

  /// Keeps the terminating signals for `watch` or the descriptor, and turns a broken pipe into an error of `write`.
  static func block() {
    var set = mask
    pthread_sigmask(SIG_BLOCK, &set, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  /// Runs `handler` on a thread of its own at the first terminating signal. A second one ends the process at once, with
  /// status 128 + signal, for whoever does not want to wait for the clean-up.
  static func watch(_ handler: @escaping @Sendable (Int32) -> Void) throws(Failure) {
    let box = Unmanaged.passRetained(Handler(handler))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { pointer in
        guard let pointer else { return nil }
        let handler = Unmanaged<Handler>.fromOpaque(pointer).takeRetainedValue()
        handler.call(Signals.wait())
        _exit(128 + Signals.wait())
      }, box.toOpaque())
    guard code == 0 else {
      box.release()
      throw Failure(.temporary, "cannot start a thread for signals: \(String(cString: strerror(code)))")
    }
    pthread_detach(thread)
  }

  private static func wait() -> Int32 {
    var set = mask
    var received: Int32 = 0
    while sigwait(&set, &received) != 0 {}
    return received
  }

  private final class Handler: Sendable {
    let call: @Sendable (Int32) -> Void
    init(_ call: @escaping @Sendable (Int32) -> Void) { self.call = call }
  }
}
