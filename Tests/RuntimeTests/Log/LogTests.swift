import Glibc
import Membership
import Mesh
import Synchronization
import Testing

@testable import Runtime

/// What an agent tells reaches its sink in order; nothing in the way of it makes the teller wait.
@Suite struct LogTests {
  /// Keeps what it is given, and can be made to hang.
  final class Kept: LogSink, Sendable {
    private let state = Mutex<[JournalEntry]>([])
    private let gate: EventNotifier?

    /// With a gate it waits before each entry until that is notified.
    init(gate: EventNotifier? = nil) { self.gate = gate }

    func write(_ entry: JournalEntry) {
      gate?.wait()
      state.withLock { $0.append(entry) }
    }

    var entries: [JournalEntry] { state.withLock { $0 } }
  }

  static let request = RequestID(client: 0xab, number: 1)
  static let agent = AgentID(high: 1, low: 2)

  static func degraded(_ number: UInt64) -> Record {
    .answered(
      RequestID(client: 0xab, number: number), plan: nil,
      Outcome(kind: .degraded, lostSeats: SeatMask([2]), totalRows: 10, zeroRows: 3))
  }

  private func value(_ field: JournalField, of entry: JournalEntry) -> String? {
    entry.fields.first { $0.field == field }?.value
  }

  @Test func allThatIsToldIsWrittenInOrder() throws {
    let kept = Kept()
    let log = Log(try LogThread { kept })
    for generation in 0..<500 as Range<UInt64> { log.tell(.planInstalled(Self.adoption(generation))) }
    log.close(within: 60_000)
    #expect(kept.entries.map { value(.generation, of: $0) } == (0..<500).map { "\($0)" })
  }

  static func adoption(_ generation: UInt64) -> Adoption {
    let digest = PlanDigest(bytes: [UInt8](repeating: 7, count: 32))!
    return Adoption(plan: digest, manifest: digest, shard: digest, generation: generation, seat: 1)
  }

  /// A sink that hangs holds nobody up: what does not fit the queue is counted, and the count told.
  @Test func aHangingSinkHoldsNobodyUp() throws {
    let gate = try EventNotifier()
    let kept = Kept(gate: gate)
    let log = Log(try LogThread(capacity: 16) { kept })
    for generation in 0..<1_000 as Range<UInt64> { log.tell(.planInstalled(Self.adoption(generation))) }
    #expect(kept.entries.isEmpty)
    // The end does not wait for ever either.
    log.close(within: 50)
    #expect(!log.isThrough)
  }

  @Test func whatIsLostIsCountedAndTold() throws {
    let gate = try EventNotifier()
    let kept = Kept(gate: gate)
    let log = Log(try LogThread(capacity: 16) { kept })
    let told = 1_000
    for generation in 0..<UInt64(told) { log.tell(.planInstalled(Self.adoption(generation))) }
    // The sink goes on, room comes back, and in the end every entry is written or counted.
    var accounted = 0
    while accounted < told {
      gate.notify()
      log.passTime()
      sched_yield()
      accounted = kept.entries.reduce(0) { sum, entry in
        sum + (entry.message == .entriesLost ? value(.count, of: entry).flatMap(Int.init) ?? 0 : 1)
      }
    }
    #expect(accounted == told)
    #expect(kept.entries.filter { $0.message == .planInstalled }.count >= 16)
    #expect(kept.entries.contains { $0.message == .entriesLost })
    while !log.closes() { gate.notify() }
  }

  @Test func afterAFloodTheLastIsToldWithTheCount() throws {
    let kept = Kept()
    let log = Log(try LogThread { kept })
    let second: UInt64 = 1_000_000_000
    for number in 1...100 as ClosedRange<UInt64> { log.tell(.record(Self.degraded(number)), now: number) }
    #expect(log.due == 1 + 10 * second)
    log.passTime(now: 10 * second)
    log.passTime(now: 1 + 10 * second)
    #expect(log.due == nil)
    log.close(within: 60_000)
    #expect(kept.entries.map { value(.request, of: $0) } == [1, 2, 3, 4, 5, 100].map { "ab/\($0)" })
    #expect(kept.entries.map { value(.heldBack, of: $0) } == [nil, nil, nil, nil, nil, "94"])
  }

  @Test func theEndTellsWhatWasHeldBack() throws {
    let kept = Kept()
    let log = Log(try LogThread { kept })
    for number in 1...7 as ClosedRange<UInt64> { log.tell(.record(Self.degraded(number)), now: number) }
    log.close(within: 60_000)
    #expect(kept.entries.compactMap { value(.heldBack, of: $0) } == ["1"])
    #expect(kept.entries.count == 6)
  }

  @Test func kindsDoNotHoldEachOtherBack() throws {
    let kept = Kept()
    let log = Log(try LogThread { kept })
    for number in 1...20 as ClosedRange<UInt64> { log.tell(.record(Self.degraded(number)), now: number) }
    log.tell(.record(.answered(Self.request, plan: nil, Outcome(kind: .failed, reason: "deadline"))), now: 30)
    log.close(within: 60_000)
    #expect(kept.entries.map(\.message).filter { $0 == .requestFailed }.count == 1)
  }

  /// A pipe that nobody reads, as standard error: the agent's thread goes on.
  @Test func aFullPipeHoldsNobodyUp() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let writing = ends[1]
    let context = LogContext(agent: "a", name: "b", incarnation: 1)
    let thread = try LogThread { LineSink(context: context, descriptor: writing) }
    let log = Log(thread)
    // A pipe holds 64 KiB and the queue 1,024 entries of some 150 bytes: this is more.
    for generation in 0..<10_000 as Range<UInt64> { log.tell(.planInstalled(Self.adoption(generation))) }
    #expect(!thread.close(within: 20))
    // Whoever reads at last gets whole lines, in order.
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while !thread.close(within: 0) {
      var readable = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
      guard poll(&readable, 1, 10) > 0 else { continue }
      let count = read(ends[0], &buffer, buffer.count)
      try #require(count > 0)
      text += buffer[..<count]
    }
    close(writing)
    while case let count = read(ends[0], &buffer, buffer.count), count > 0 { text += buffer[..<count] }
    close(ends[0])
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
    #expect(lines.count >= 1_024)
    // Where the queue was full for a moment before the pipe was, a line says how many are missing.
    var next = 0
    for line in lines {
      if line.hasPrefix("edgemesh[b] entries-lost ") {
        next += try #require(line.split(separator: "=").last.flatMap { Int($0) })
      } else {
        #expect(line.hasPrefix("edgemesh[b] plan-installed plan=0707") && line.hasSuffix(" generation=\(next) seat=1"))
        next += 1
      }
    }
  }
}

extension Log {
  /// Ends the log; whether its thread is through.
  fileprivate func closes() -> Bool {
    close(within: 0)
    return isThrough
  }
}
