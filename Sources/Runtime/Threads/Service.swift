import Synchronization

/// A thread that serves one other thread: requests go in, in order, and each gives exactly one reply.
///
/// Nobody locks. The client holds a credit of `capacity` requests that are not yet answered, so neither queue can
/// overflow: over the credit `submit` gives the request back, and the caller refuses or waits. All methods are for the
/// one client thread, but the handler, which lives on the service's own.
public final class Service<Request: ~Copyable & Sendable, Reply: ~Copyable & Sendable>: Sendable {
  private let requests: Ring<Request>
  private let replies: Ring<Reply>
  private let work: EventNotifier
  private let stopping: Flag
  private let inFlight = Atomic<Int>(0)
  /// Polls readable while replies wait; acknowledge it, then take all of them.
  public let notifier: EventNotifier
  private let thread: SystemThread

  /// Starts the thread. `makeHandler` runs on it, so that what the handler holds never leaves it. A reply for which
  /// `isQuiet` holds wakes nobody: the client finds it when it next looks.
  public init(
    name: String, capacity: Int, isQuiet: @escaping @Sendable (borrowing Reply) -> Bool = { _ in false },
    makeHandler: @escaping @Sendable () -> (consuming Request) -> Reply
  ) throws(ServiceError) {
    let requests = Ring<Request>(capacity: capacity)
    let replies = Ring<Reply>(capacity: requests.capacity)
    let stopping = Flag()
    let work: EventNotifier
    let notifier: EventNotifier
    do throws(SocketError) {
      work = try EventNotifier()
      notifier = try EventNotifier()
    } catch {
      throw .notifier(error)
    }
    do throws(ThreadError) {
      thread = try SystemThread(name: name) {
        let handle = makeHandler()
        while true {
          while let request = requests.take() {
            let reply = handle(request)
            let wakes = !isQuiet(reply)
            // Full cannot be: the client's credit is the replies' capacity.
            _ = replies.offer(reply)
            if wakes { notifier.notify() }
            if stopping.isRaised { return }
          }
          if stopping.isRaised { return }
          work.wait()
        }
      }
    } catch {
      throw .thread(error)
    }
    self.requests = requests
    self.replies = replies
    self.stopping = stopping
    self.work = work
    self.notifier = notifier
  }

  /// Ends the thread after the request that it works on; what waits is dropped.
  deinit { stop() }

  /// Tells the thread to end after the request that it works on. Letting go of the service waits for it.
  public func stop() {
    stopping.raise()
    work.notify()
  }

  /// Hands a request in. Gives it back where the credit is used up.
  public func submit(_ request: consuming Request) -> Request? {
    guard inFlight.load(ordering: .relaxed) < requests.capacity else { return request }
    if let refused = requests.offer(request) { return refused }
    inFlight.wrappingAdd(1, ordering: .relaxed)
    work.notify()
    return nil
  }

  /// The next reply.
  public func takeReply() -> Reply? {
    guard let reply = replies.take() else { return nil }
    inFlight.wrappingSubtract(1, ordering: .relaxed)
    return reply
  }

  /// Requests handed in whose reply was not taken.
  public var pendingCount: Int { inFlight.load(ordering: .relaxed) }

  private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isRaised: Bool { value.load(ordering: .acquiring) }
    func raise() { value.store(true, ordering: .releasing) }
  }
}

/// Why a service did not start.
public enum ServiceError: Error, Equatable, Sendable, CustomStringConvertible {
  case notifier(SocketError)
  case thread(ThreadError)

  public var description: String {
    switch self {
    case .notifier(let error): error.description
    case .thread(let error): error.description
    }
  }
}
