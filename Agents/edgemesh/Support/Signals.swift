import Glibc

/// The signals that ask the program to end, received on a thread of their own instead of in the middle of something.
///
/// `block` first, in the main thread, before any other thread starts: threads inherit the mask. Then `watch`. Child
/// processes inherit the mask too: whoever starts one resets it (`ChildProcess` does).
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

  /// Keeps the terminating signals for `watch`.
  static func block() {
    var set = mask
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Runs `handler` on a thread of its own at the first terminating signal. A second one ends the process at once, even
  /// while the handler runs: for whoever does not want to wait for the clean-up.
  static func watch(_ handler: @escaping @Sendable (Int32) -> Void) throws(Failure) {
    let box = Unmanaged.passRetained(Handler(handler))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { pointer in
        guard let pointer else { return nil }
        let handler = Unmanaged<Handler>.fromOpaque(pointer).takeRetainedValue()
        var set = Signals.mask
        var received: Int32 = 0
        while sigwait(&set, &received) != 0 {}
        // This thread alone lets the next one through, to its default action.
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        handler.call(received)
        while true { pause() }
      }, box.toOpaque())
    guard code == 0 else {
      box.release()
      throw Failure(.temporary, "cannot start a thread for signals: \(String(cString: strerror(code)))")
    }
    pthread_detach(thread)
  }

  private final class Handler: Sendable {
    let call: @Sendable (Int32) -> Void
    init(_ call: @escaping @Sendable (Int32) -> Void) { self.call = call }
  }
}
