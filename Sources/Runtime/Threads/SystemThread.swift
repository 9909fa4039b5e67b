import CLinux
import Glibc

/// A thread of our own: what blocks or computes must not sit in the cooperative pool. It is joined, at the latest when
/// its owner lets go of it; so tell its body to end first.
///
/// Signals stay with the main thread.
public struct SystemThread: ~Copyable, Sendable {
  private let handle: pthread_t

  /// Starts `body`. The system shows at most 15 bytes of `name`.
  public init(name: String, _ body: @escaping @Sendable () -> Void) throws(ThreadError) {
    let start = Start(name: name, body: body)
    // The box crosses to C unmanaged; the thread takes it over.
    let box = Unmanaged.passRetained(start)
    var handle = pthread_t()
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    let code = pthread_create(
      &handle, nil,
      { box in
        guard let box else { return nil }
        Unmanaged<Start>.fromOpaque(box).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    pthread_sigmask(SIG_SETMASK, &before, nil)
    guard code == 0 else {
      box.release()
      throw ThreadError(name: name, code: code)
    }
    self.handle = handle
  }

  deinit { pthread_join(handle, nil) }

  /// Waits until the body has ended.
  public consuming func join() {
    pthread_join(handle, nil)
    discard self
  }

  /// Lets the thread go its own way: nobody waits for it, and the process may end before it.
  public consuming func detach() {
    pthread_detach(handle)
    discard self
  }

  private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }

    func run() {
      pthread_setname_np(pthread_self(), String(decoding: name.utf8.prefix(15), as: UTF8.self))
      body()
    }
  }
}

/// A thread that the system did not start.
public struct ThreadError: Error, Equatable, Sendable, CustomStringConvertible {
  public var name: String
  public var code: Int32

  public var description: String {
    "the thread '\(name)' was not started: \(String(cString: strerror(code))) (raise the limit of tasks or memory)"
  }
}
