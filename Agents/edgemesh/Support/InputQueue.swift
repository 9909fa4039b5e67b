import Runtime
import Synchronization

/// Reads a stream's inputs ahead on a thread of its own, so that a slow camera or disk never keeps the client from its
/// answers. Holds one input ready.
final class InputQueue: Sendable {
  enum State: Sendable {
    /// The next input is being read.
    case empty
    case item(InputStream.Item)
    /// There are no more; the error where one could not be read.
    case ended((any Error)?)
  }

  private struct Shared {
    var state = State.empty
    var isAbandoned = false
  }

  /// Polls readable when `state` is no longer empty.
  let notifier: EventNotifier
  private let wanted: EventNotifier
  private let shared = Mutex(Shared())

  init(_ stream: InputStream) throws {
    notifier = try EventNotifier()
    wanted = try EventNotifier()
    // The thread may sit in a read of standard input for ever: nobody waits for it, and it holds on to this queue.
    try SystemThread(name: "edgemesh-input") { [self] in read(stream) }.detach()
  }

  var state: State { shared.withLock { $0.state } }

  /// The item has been taken: the next may be read.
  func take() {
    shared.withLock { $0.state = .empty }
    wanted.notify()
  }

  /// To be called after waiting for `notifier`.
  func acknowledge() { notifier.acknowledge() }

  private func read(_ stream: InputStream) {
    var stream = stream
    while true {
      let state: State
      do { state = try stream.read().map(State.item) ?? .ended(nil) } catch { state = .ended(error) }
      shared.withLock { $0.state = state }
      notifier.notify()
      if case .ended = state { return }
      wanted.wait()
    }
  }
}
