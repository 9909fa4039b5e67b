import Glibc
import Synchronization
import Testing

@testable import Runtime

/// Counts how many of its kind live.
struct Counted: ~Copyable, Sendable {
  let value: Int
  let living: Tally

  init(_ value: Int, _ living: Tally) {
    self.value = value
    self.living = living
    living.count.wrappingAdd(1, ordering: .relaxed)
  }

  deinit { living.count.wrappingSubtract(1, ordering: .relaxed) }
}

final class Tally: Sendable {
  let count = Atomic<Int>(0)
  var value: Int { count.load(ordering: .sequentiallyConsistent) }
}

@Suite struct ThreadTests {
  @Test func runsAndIsJoined() throws {
    let tally = Tally()
    let thread = try SystemThread(name: "a name longer than fifteen bytes") {
      guard let file = fopen("/proc/thread-self/comm", "r") else { return }
      defer { fclose(file) }
      var name = [CChar](repeating: 0, count: 32)
      guard fgets(&name, Int32(name.count), file) != nil else { return }
      if strcmp(name, "a name longer t\n") == 0 { tally.count.store(1, ordering: .releasing) }
    }
    thread.join()
    #expect(tally.value == 1)
  }

  @Test func threadsLeaveSignalsToTheMainThread() throws {
    let tally = Tally()
    try SystemThread(name: "signals") {
      var mask = sigset_t()
      pthread_sigmask(SIG_BLOCK, nil, &mask)
      tally.count.store(Int(sigismember(&mask, SIGTERM)), ordering: .releasing)
    }.join()
    #expect(tally.value == 1)
  }

  @Test(arguments: [(1, 1), (3, 4), (8, 8), (0, 1)] as [(Int, Int)])
  func ringHoldsItsCapacity(asked: Int, capacity: Int) {
    let ring = Ring<Int>(capacity: asked)
    #expect(ring.capacity == capacity)
    for round in 0..<3 {
      for index in 0..<capacity { #expect(ring.offer(round * 100 + index) == nil) }
      #expect(ring.offer(-1) == -1)
      #expect(ring.count == capacity)
      for index in 0..<capacity { #expect(ring.take() == round * 100 + index) }
      #expect(ring.take() == nil)
    }
  }

  @Test func ringOwnsWhatItHolds() {
    let living = Tally()
    do {
      let ring = Ring<Counted>(capacity: 4)
      for index in 0..<6 { _ = ring.offer(Counted(index, living)) }
      #expect(living.value == 4)
      _ = ring.take()
      #expect(living.value == 3)
    }
    #expect(living.value == 0)
  }

  @Test func ringKeepsOrderBetweenThreads() throws {
    let ring = Ring<Int>(capacity: 16)
    let room = try EventNotifier()
    let items = try EventNotifier()
    let count = 20_000
    let producer = try SystemThread(name: "producer") {
      for value in 0..<count {
        while ring.offer(value) != nil { room.wait() }
        items.notify()
      }
    }
    var expected = 0
    while expected < count {
      guard let value = ring.take() else {
        items.wait()
        continue
      }
      guard value == expected else {
        Issue.record("took \(value), expected \(expected)")
        break
      }
      expected += 1
      room.notify()
    }
    producer.join()
    #expect(expected == count)
  }

  @Test func notificationsCoalesce() throws {
    let notifier = try EventNotifier()
    for _ in 0..<5 { notifier.notify() }
    var poll = PollSet()
    poll.add(notifier.descriptor, token: 3)
    var woken: [Int] = []
    try poll.wait(until: MonotonicClock.now()) { woken.append($0) }
    notifier.acknowledge()
    try poll.wait(until: MonotonicClock.now()) { woken.append($0) }
    notifier.notify()
    try poll.wait(until: nil) { woken.append($0) }
    #expect(woken == [3, 3])
  }

  @Test func pollWaitsUntilItsDeadline() throws {
    var poll = PollSet()
    let quiet = try EventNotifier()
    poll.add(quiet.descriptor, token: 1)
    let deadline = MonotonicClock.now() + 20_000_000
    try poll.wait(until: deadline) { _ in Issue.record("nothing was readable") }
    #expect(MonotonicClock.now() >= deadline)
    poll.remove(token: 1)
    try poll.wait(until: MonotonicClock.now()) { _ in Issue.record("nothing was watched") }
  }

  @Test func pollNamesAClosedDescriptor() throws {
    var poll = PollSet()
    // Far above what can be open: a number that was just closed may be another test's already.
    poll.add(1_000_000, token: 0)
    #expect(throws: SocketError.system(operation: "poll", code: EBADF)) { try poll.wait(until: nil) { _ in } }
  }

  @Test func serviceAnswersEachRequestOnceInOrder() throws {
    let living = Tally()
    do {
      let service = try Service<Counted, Int>(name: "squares", capacity: 8) {
        { request in request.value * request.value }
      }
      var submitted = 0
      var taken = 0
      while taken < 1_000 {
        while submitted < 1_000, service.pendingCount < 8 {
          let refused = service.submit(Counted(submitted, living))
          switch consume refused {
          case .some: Issue.record("refused within the credit")
          case .none: submitted += 1
          }
        }
        if submitted < 1_000 {
          let over = service.submit(Counted(-1, living))
          switch consume over {
          case .some(let request): #expect(request.value == -1)
          case .none: Issue.record("a request beyond the credit was taken")
          }
        }
        guard try waitReadable(service.notifier.descriptor) else {
          Issue.record("no reply after \(taken)")
          return
        }
        service.notifier.acknowledge()
        while let reply = service.takeReply() {
          #expect(reply == taken * taken)
          taken += 1
        }
      }
    }
    #expect(living.value == 0)
  }

  @Test func serviceEndsWithWorkWaiting() throws {
    let living = Tally()
    let gate = try EventNotifier()
    do {
      let service = try Service<Counted, Int>(name: "slow", capacity: 4) {
        { request in
          gate.wait()
          return request.value
        }
      }
      for value in 0..<4 { _ = service.submit(Counted(value, living)) }
      service.stop()
      gate.notify()
    }
    #expect(living.value == 0)
  }

  @Test func clockAdvances() {
    let first = MonotonicClock.now()
    #expect(MonotonicClock.now() >= first && first > 0)
  }
}
