import CLinux
import Glibc

/// The descriptors that a thread waits for: nanomsg's receive descriptors, event notifiers, signals. (nanomsg's own
/// `nn_poll` asks each socket for its descriptors again at every call.)
public struct PollSet {
  private var entries: [pollfd] = []
  private var tokens: [Int] = []

  public init() {}

  /// Waits for `descriptor` to be readable; `token` names it in the answer.
  public mutating func add(_ descriptor: Int32, token: Int) { add(descriptor, POLLIN, token) }

  /// Waits for a kernel trigger, as of a pressure file, to fire. One that is gone, as with its control group, is no
  /// longer waited for.
  public mutating func add(trigger descriptor: Int32, token: Int) { add(descriptor, POLLPRI, token) }

  private mutating func add(_ descriptor: Int32, _ events: Int32, _ token: Int) {
    entries.append(pollfd(fd: descriptor, events: Int16(events), revents: 0))
    tokens.append(token)
  }

  public mutating func remove(token: Int) {
    guard let index = tokens.firstIndex(of: token) else { return }
    entries.remove(at: index)
    tokens.remove(at: index)
  }

  /// Waits until something is readable or the monotonic clock reaches `deadline` (nil: without end), then names what is
  /// readable, in the order of addition. A signal ends the wait early, with nothing readable.
  public mutating func wait(until deadline: UInt64?, _ body: (_ token: Int) -> Void) throws(SocketError) {
    var left = timespec()
    if let deadline {
      let now = MonotonicClock.now()
      let nanoseconds = deadline > now ? deadline - now : 0
      left.tv_sec = Int(clamping: nanoseconds / 1_000_000_000)
      left.tv_nsec = Int(nanoseconds % 1_000_000_000)
    }
    let hasDeadline = deadline != nil
    let count = entries.withUnsafeMutableBufferPointer { entries in
      withUnsafePointer(to: &left) { left in
        ppoll(entries.baseAddress, nfds_t(entries.count), hasDeadline ? left : nil, nil)
      }
    }
    guard count >= 0 else {
      if errno == EINTR { return }
      throw .system(operation: "poll", code: errno)
    }
    guard count > 0 else { return }
    for index in entries.indices where entries[index].revents != 0 {
      // A closed descriptor would be "ready" for ever.
      guard entries[index].revents & Int16(POLLNVAL) == 0 else { throw .system(operation: "poll", code: EBADF) }
      if entries[index].events == Int16(POLLPRI), entries[index].revents & Int16(POLLERR) != 0 {
        // `poll` skips negative descriptors.
        entries[index].fd = -1
      }
      body(tokens[index])
    }
  }
}
