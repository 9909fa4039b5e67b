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

  /// Polls readable when `state` is no longer empty.
  let notifier: EventNotifier
  private let wanted: EventNotifier
  private let shared = Mutex(State.empty)

  init(_ stream: InputStream) throws {
    notifier = try EventNotifier()
    wanted = try EventNotifier()
    // The thread may sit in a read of standard input for ever: nobody waits for it, and it holds on to this queue.
    try SystemThread(name: "edgemesh-input") { [self] in read(stream) }.detach()
  }

  var state: State { shared.withLock { $0 } }

  /// The item has been taken: the next may be read.
  func take() {
    shared.withLock { if case .item = $0 { $0 = .empty } }
    wanted.notify()
  }

  /// To be called after waiting for `notifier`.
  func acknowledge() { notifier.acknowledge() }

  /// There shall be no more inputs, whatever the stream still holds.
  func end() {
    shared.withLock { $0 = .ended(nil) }
    notifier.notify()
  }

  private func read(_ stream: InputStream) {
    var stream = stream
    while true {
      let next: State
      do { next = try stream.read().map(State.item) ?? .ended(nil) } catch { next = .ended(error) }
      let isEnded = shared.withLock { state in
        if case .empty = state { state = next }
        if case .ended = state { return true }
        return false
      }
      notifier.notify()
      if isEnded { return }
      wanted.wait()
    }
  }
}
