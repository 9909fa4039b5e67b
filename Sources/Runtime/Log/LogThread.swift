import Glibc
import Synchronization

/// The thread that writes entries: the journal or a pipe that nobody empties holds up this thread and nobody else.
final class LogThread: Sendable {
  private let entries: Ring<JournalEntry>
  private let work: EventNotifier
  private let ended: EventNotifier
  private let stopping: Flag

  /// Entries that wait at most. At some 30 us an entry a burst of that many is written in 30 ms.
  static let capacity = 1_024

  private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isRaised: Bool { value.load(ordering: .acquiring) }
    func raise() { value.store(true, ordering: .releasing) }
  }

  /// Starts the thread; `makeSink` runs on it.
  init(capacity: Int = LogThread.capacity, makeSink: @escaping @Sendable () -> any LogSink) throws(ServiceError) {
    let entries = Ring<JournalEntry>(capacity: capacity)
    let stopping = Flag()
    let work: EventNotifier
    let ended: EventNotifier
    do throws(SocketError) {
      work = try EventNotifier()
      ended = try EventNotifier()
    } catch {
      throw .notifier(error)
    }
    do throws(ThreadError) {
      // Not joined: it may hang in a write for as long as it likes. `close` waits for it within a bound.
      try SystemThread(name: "edgemesh-log") {
        let sink = makeSink()
        while true {
          // Read before the queue is: what was queued before the end was asked for is written.
          let isLast = stopping.isRaised
          while let entry = entries.take() { sink.write(entry) }
          if isLast { break }
          work.wait()
        }
        ended.notify()
      }.detach()
    } catch {
      throw .thread(error)
    }
    self.entries = entries
    self.work = work
    self.ended = ended
    self.stopping = stopping
  }

  /// The one producing thread: queues an entry, and never waits. False where the queue is full.
  func offer(_ entry: JournalEntry) -> Bool {
    guard entries.offer(entry) == nil else { return false }
    work.notify()
    return true
  }

  /// Lets the thread write what waits and end, for at most so long; false where it did not get that far. Nothing is to
  /// be offered afterwards.
  @discardableResult
  func close(within milliseconds: Int32) -> Bool {
    stopping.raise()
    work.notify()
    let end = MonotonicClock.now() + UInt64(milliseconds) * 1_000_000
    var waiting = pollfd(fd: ended.descriptor, events: Int16(POLLIN), revents: 0)
    while true {
      let now = MonotonicClock.now()
      let left = now < end ? Int32((end - now + 999_999) / 1_000_000) : 0
      let count = poll(&waiting, 1, left)
      if count > 0 { return true }
      if count == 0 || errno != EINTR { return false }
    }
  }
}
