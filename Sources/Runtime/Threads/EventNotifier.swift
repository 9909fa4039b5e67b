import CLinux
import Glibc
import Synchronization

/// Wakes a thread that polls: many notifications between two wake-ups cost one system call.
public final class EventNotifier: Sendable {
  /// Polls readable while a notification is pending.
  public let descriptor: Int32
  private let pending = Atomic<Bool>(false)

  public init() throws(SocketError) {
    descriptor = eventfd(0, EM_EFD_FLAGS)
    guard descriptor >= 0 else { throw .system(operation: "eventfd", code: errno) }
  }

  deinit { close(descriptor) }

  /// Any thread: makes the descriptor readable. What was written before is seen by the thread that acknowledges.
  public func notify() {
    guard !pending.exchange(true, ordering: .acquiringAndReleasing) else { return }
    var one: UInt64 = 1
    while write(descriptor, &one, 8) < 0, errno == EINTR {}
  }

  /// The waiting thread: takes note, *then* looks at what it was woken for. The flag falls after the descriptor is
  /// emptied: the other way round a notification in between would be swallowed, and all later ones with it.
  public func acknowledge() {
    var count: UInt64 = 0
    while read(descriptor, &count, 8) < 0, errno == EINTR {}
    _ = pending.exchange(false, ordering: .acquiringAndReleasing)
  }

  /// Waits for a notification and acknowledges it.
  public func wait() {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while poll(&waiting, 1, -1) < 0, errno == EINTR {}
    acknowledge()
  }
}
