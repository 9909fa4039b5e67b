import Glibc

/// A thread that is joined when its owner lets go of it; tell its body to end first.
final class BackgroundThread: Sendable {
  private let handle: pthread_t

  private init(_ handle: pthread_t) { self.handle = handle }

  /// Runs `body` on a thread of its own; nil where the system refuses another one.
  static func start(_ body: @escaping @Sendable () -> Void) -> BackgroundThread? {
    let box = Unmanaged.passRetained(Body(run: body))
    var handle = pthread_t()
    var all = sigset_t()
    var before = sigset_t()
    // Signals stay with the main thread.
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    let code = pthread_create(
      &handle, nil,
      { box in
        guard let box else { return nil }
        Unmanaged<Body>.fromOpaque(box).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    pthread_sigmask(SIG_SETMASK, &before, nil)
    guard code == 0 else {
      box.release()
      return nil
    }
    return BackgroundThread(handle)
  }

  deinit { pthread_join(handle, nil) }

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
