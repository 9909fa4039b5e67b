import CLinux
import Glibc

/// Signals as something to poll. Make it first thing on the main thread, so that every thread started later blocks them
/// too.
public struct SignalNotifier: ~Copyable {
  /// Polls readable while a signal is pending.
  public let descriptor: Int32

  /// Takes over `signals` (SIGINT and SIGTERM unless told otherwise), and ignores the two that would end the process
  /// where a call fails anyway: SIGPIPE, and SIGXFSZ (a file at its size limit).
  public init(_ signals: [Int32]? = nil) throws(SocketError) {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals ?? [SIGINT, SIGTERM] { sigaddset(&set, signal) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    descriptor = signalfd(-1, &set, EM_SFD_FLAGS)
    guard descriptor >= 0 else { throw .system(operation: "signalfd", code: errno) }
  }

  deinit { close(descriptor) }

  /// The next pending signal.
  public borrowing func take() -> Int32? {
    var information = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    guard read(descriptor, &information, size) == size else { return nil }
    return Int32(bitPattern: information.ssi_signo)
  }
}
