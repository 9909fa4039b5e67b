import Membership
import Testing

@testable import Mesh

/// A client's mind: failover, resubmission, and exactly one outcome a request.
@Suite struct ClientSessionTests {
  static let gateways = ["a:1", "b:1", "c:1"]

  private func session(_ count: Int = 3) -> ClientSession {
    ClientSession(client: 7, gateways: Array(Self.gateways.prefix(count)), plan: nil, now: .zero)
  }

  private func outcome(
    _ id: RequestID, _ kind: Outcome.Kind = .failed, sequence: UInt64 = 1, outputBytes: [Int] = [], offset: Int = 0,
    length: Int = 0
  ) -> ClientReply {
    .outcome(
      OutcomeReply(
        request: id, sequence: sequence, outcome: Outcome(kind: kind), outputBytes: outputBytes, offset: offset,
        length: length))
  }

  @Test func submitsTheWholeInputInChunks() {
    var session = session()
    let bytes = Limits.chunkBytes + 4
    let (id, effects) = session.submit(inputBytes: [bytes, 8], deadlineMilliseconds: 5_000, now: .zero)
    #expect(effects.submissions.map(\.remainingMilliseconds) == [5_000])
    #expect(effects.submissions.map(\.inputBytes) == [[bytes, 8]])
    let chunks = effects.inputChunks
    #expect(chunks.map(\.length) == [Limits.chunkBytes, 4, 8])
    #expect(chunks.allSatisfy { $0.request == id })
    #expect(effects.addresses == ["a:1"])
  }

  @Test func asksTheGatewayEvery200MillisecondsAndGivesItUpAfterASecond() throws {
    var session = session()
    _ = session.submit(inputBytes: [8], deadlineMilliseconds: 10_000, now: .zero)
    var pings: [Int] = []
    while session.gateway == "a:1" {
      let now = try #require(session.nextDeadline)
      let effects = session.timer(now: now)
      if effects.isPing { pings.append(now.milliseconds(since: .zero)) }
      if session.gateway != "a:1" {
        #expect(now.milliseconds(since: .zero) == 1_000)
        #expect(effects.changes == ["a:1 -> b:1"])
        #expect(effects.submissions.count == 1 && effects.inputChunks.count == 1)
        #expect(effects.addresses == ["b:1"])
        #expect(effects.submissions.map(\.remainingMilliseconds) == [9_000])
      }
    }
    #expect(pings == [0, 200, 400, 600, 800])
  }

  @Test func anySignOfLifeKeepsTheGateway() {
    var session = session()
    let (id, _) = session.submit(inputBytes: [8], deadlineMilliseconds: 60_000, now: .zero)
    _ = session.receive(.accepted(id, incarnation: 3), from: "a:1", buffer: nil, now: Fixtures.time(1))
    for round in 1...50 {
      let now = Fixtures.time(round * 900)
      #expect(session.timer(now: now).changes.isEmpty)
      let pong = ClientReply.pong(client: 7, number: 1, incarnation: 3, members: [])
      #expect(session.receive(pong, from: "a:1", buffer: nil, now: now).isEmpty)
    }
    #expect(session.inFlight == 1)
    // Another one's words say nothing of this one.
    _ = session.receive(
      .pong(client: 7, number: 1, incarnation: 3, members: []), from: "b:1", buffer: nil, now: Fixtures.time(45_900))
    #expect(session.timer(now: Fixtures.time(46_000)).changes == ["a:1 -> b:1"])
  }

  @Test func everythingUnansweredMovesUnderTheSameIds() {
    var session = session()
    let (first, _) = session.submit(inputBytes: [8], deadlineMilliseconds: 10_000, now: .zero)
    let (second, _) = session.submit(inputBytes: [8], deadlineMilliseconds: 10_000, now: .zero)
    let (third, _) = session.submit(inputBytes: [8], deadlineMilliseconds: 10_000, now: .zero)
    _ = session.receive(outcome(second), from: "a:1", buffer: nil, now: Fixtures.time(10))
    let effects = session.timer(now: Fixtures.time(1_010))
    #expect(effects.submissions.map(\.request) == [first, third])
  }

  @Test func oneGatewayAloneIsAskedAgain() {
    var session = session(1)
    let (id, _) = session.submit(inputBytes: [8], deadlineMilliseconds: 10_000, now: .zero)
    let effects = session.timer(now: Fixtures.time(1_000))
    #expect(effects.submissions.map(\.request) == [id])
    #expect(effects.addresses == ["a:1"])
  }

  @Test func anUnconfirmedInputIsSentAgain() {
    var session = session()
    let (id, _) = session.submit(inputBytes: [8], deadlineMilliseconds: 10_000, now: .zero)
    let (confirmed, _) = session.submit(inputBytes: [8], deadlineMilliseconds: 10_000, now: .zero)
    _ = session.receive(.accepted(confirmed, incarnation: 3), from: "a:1", buffer: nil, now: Fixtures.time(500))
    #expect(session.timer(now: Fixtures.time(999)).submissions.isEmpty)
    #expect(session.timer(now: Fixtures.time(1_000)).submissions.map(\.request) == [id])
    #expect(session.gateway == "a:1")
  }

  @Test func aNewStartOfTheGatewayGetsWhatTheFormerHadAccepted() {
    var session = session()
    let (accepted, _) = session.submit(inputBytes: [8], deadlineMilliseconds: 10_000, now: .zero)
    _ = session.submit(inputBytes: [8], deadlineMilliseconds: 10_000, now: .zero)
    _ = session.receive(.accepted(accepted, incarnation: 3), from: "a:1", buffer: nil, now: Fixtures.time(1))
    func pong(_ incarnation: UInt64) -> ClientReply {
      .pong(client: 7, number: 1, incarnation: incarnation, members: [])
    }
    #expect(session.receive(pong(3), from: "a:1", buffer: nil, now: Fixtures.time(200)).isEmpty)
    let effects = session.receive(pong(4), from: "a:1", buffer: nil, now: Fixtures.time(400))
    #expect(effects.submissions.map(\.request) == [accepted])
    #expect(session.receive(pong(4), from: "a:1", buffer: nil, now: Fixtures.time(600)).isEmpty)
  }

  @Test func aRedirectIsFollowedAtOnce() {
    var session = session()
    let (id, _) = session.submit(inputBytes: [8], deadlineMilliseconds: 10_000, now: .zero)
    let redirect = ClientReply.redirect(id, addresses: ["d:1", "b:1"])
    let effects = session.receive(redirect, from: "a:1", buffer: nil, now: Fixtures.time(1))
    #expect(session.gateway == "d:1")
    #expect(effects.submissions.map(\.request) == [id])
    // What the former gateway still says is not followed.
    #expect(session.receive(redirect, from: "a:1", buffer: nil, now: Fixtures.time(2)).isEmpty)
    #expect(session.gateway == "d:1")
  }

  /// Where nobody has a seat yet the client goes round once, then again in a while: it never spins.
  @Test func agentsThatRedirectToEachOtherAreNotAskedWithoutEnd() throws {
    var session = session()
    let (id, _) = session.submit(inputBytes: [8], deadlineMilliseconds: 10_000, now: .zero)
    var submissions = 1
    var now = Timestamp.zero
    while now < Fixtures.time(2_000) {
      for _ in 0..<100 {
        let effects = session.receive(.redirect(id, addresses: []), from: session.gateway, buffer: nil, now: now)
        submissions += effects.submissions.count
      }
      now = max(try #require(session.nextDeadline), now.advanced(milliseconds: 1))
      submissions += session.timer(now: now).submissions.count
    }
    // Three addresses a round, five rounds a second.
    #expect((20...45).contains(submissions), "\(submissions) submissions in 2 s")
    #expect(session.inFlight == 1)
  }

  @Test func membersOfAPongAreLearntWithinABound() {
    var session = session(1)
    let members = (0..<100).map { "m\($0):1" }
    let pong = ClientReply.pong(client: 7, number: 1, incarnation: 3, members: members + ["a:1"])
    _ = session.receive(pong, from: "a:1", buffer: nil, now: .zero)
    #expect(session.addresses.count == 64)
    #expect(Set(session.addresses).count == 64)
    #expect(session.gateway == "a:1")
  }

  // MARK: Outcomes

  @Test func theFirstTerminalOutcomeCountsAndEachIsAcknowledged() {
    var session = session()
    let (id, _) = session.submit(inputBytes: [8], deadlineMilliseconds: 10_000, now: .zero)
    _ = session.timer(now: Fixtures.time(1_000))
    // The gateway that was given up answers first.
    let first = session.receive(
      outcome(id, .degraded, sequence: 5, outputBytes: [8], length: 8), from: "a:1", buffer: BufferHandle(8),
      now: Fixtures.time(1_100))
    #expect(first.acknowledged == [5])
    #expect(first.delivered.map(\.kind) == [.degraded])
    let second = session.receive(
      outcome(id, .complete, sequence: 6, outputBytes: [8], length: 8), from: "b:1", buffer: BufferHandle(9),
      now: Fixtures.time(1_200))
    #expect(second.acknowledged == [6])
    #expect(second.delivered.isEmpty)
    #expect(second.released == [BufferHandle(9)])
  }

  @Test func partsComeInAnyOrderAndDuplicatesAreAcknowledged() {
    var session = session()
    let (id, _) = session.submit(inputBytes: [8], deadlineMilliseconds: 10_000, now: .zero)
    let chunk = Limits.chunkBytes
    func part(_ number: Int, _ buffer: UInt64) -> [ClientSession.Effect] {
      session.receive(
        outcome(
          id, .complete, sequence: 1 + UInt64(number), outputBytes: [2 * chunk + 8], offset: number * chunk,
          length: number == 2 ? 8 : chunk), from: "a:1", buffer: BufferHandle(buffer), now: Fixtures.time(10))
    }
    #expect(part(2, 12).delivered.isEmpty)
    #expect(part(0, 10).delivered.isEmpty)
    let again = part(0, 20)
    #expect(again.released == [BufferHandle(20)])
    #expect(again.acknowledged == [1])
    #expect(part(1, 11).parts == [[10, 11, 12].map { BufferHandle($0) }])
  }

  /// Parts of two executions are never put together: a label speaks for one of them.
  @Test func partsOfTwoExecutionsAreKeptApart() {
    var session = session()
    let (id, _) = session.submit(inputBytes: [8], deadlineMilliseconds: 10_000, now: .zero)
    let chunk = Limits.chunkBytes
    func part(_ number: Int, start: UInt64, _ buffer: UInt64) -> [ClientSession.Effect] {
      session.receive(
        outcome(
          id, .complete, sequence: start << 32 + UInt64(1 + number), outputBytes: [2 * chunk], offset: number * chunk,
          length: chunk), from: "a:1", buffer: BufferHandle(buffer), now: Fixtures.time(10))
    }
    #expect(part(0, start: 3, 10).delivered.isEmpty)
    // The gateway starts anew, computes again, and its first part is lost on the way.
    #expect(part(1, start: 4, 21).delivered.isEmpty)
    let last = part(0, start: 4, 20)
    #expect(last.parts == [[BufferHandle(20), BufferHandle(21)]])
    #expect(last.released == [BufferHandle(10)])
  }

  /// Whatever the gateways do, each request ends once, by its deadline plus the grace; and every buffer is given back.
  @Test(arguments: 1...60)
  func everyRequestEndsOnceInTime(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    var session = session(1 + random.below(3))
    var deadlines: [RequestID: Timestamp] = [:]
    var delivered: [RequestID: Int] = [:]
    var buffers: Set<BufferHandle> = []
    var nextBuffer: UInt64 = 1
    var now = Timestamp.zero
    let silent = random.below(3) == 0

    func note(_ effects: [ClientSession.Effect]) {
      for effect in effects {
        switch effect {
        case .release(let buffer):
          if buffers.remove(buffer) == nil { Issue.record("seed \(seed): \(buffer) was let go twice") }
        case .deliver(let id, _, let parts, _, _):
          delivered[id, default: 0] += 1
          for part in parts where buffers.remove(part) == nil { Issue.record("seed \(seed): \(part) is not there") }
          let limit = deadlines[id]?.advanced(milliseconds: Limits.outcomeGraceMilliseconds) ?? .zero
          if now > limit { Issue.record("seed \(seed): \(id) ended \(now.milliseconds(since: limit)) ms late") }
        default: break
        }
      }
    }

    func replies(_ id: RequestID) -> ClientReply {
      switch random.below(silent ? 3 : 6) {
      case 0: return .accepted(id, incarnation: UInt64(1 + random.below(2)))
      case 1: return .pong(client: 7, number: 1, incarnation: UInt64(1 + random.below(2)), members: ["d:1"])
      case 2: return .redirect(id, addresses: random.below(2) == 0 ? [] : ["b:1"])
      default:
        let chunk = Limits.chunkBytes
        let part = random.below(2)
        return outcome(
          id, Outcome.Kind.allCases[random.below(5)], sequence: UInt64(1 + random.below(3) * 2 + part),
          outputBytes: [2 * chunk], offset: part * chunk, length: chunk)
      }
    }

    for _ in 0..<400 {
      if deadlines.count < 12, random.below(4) == 0 {
        let deadline = [0, 1, 50, 300, 1_000, 5_000][random.below(6)]
        let (id, effects) = session.submit(inputBytes: [8], deadlineMilliseconds: deadline, now: now)
        deadlines[id] = now.advanced(milliseconds: deadline)
        note(effects)
      }
      // A reply comes before the next deadline, or the deadline itself: the caller is never later than asked.
      if random.below(3) == 0, let id = deadlines.keys.sorted().randomElement(using: &random) {
        if let due = session.nextDeadline { now = max(now, min(due, now.advanced(milliseconds: random.below(80)))) }
        let reply = replies(id)
        var buffer: BufferHandle?
        if case .outcome = reply {
          buffer = BufferHandle(nextBuffer)
          nextBuffer += 1
          buffers.insert(BufferHandle(nextBuffer - 1))
        }
        note(session.receive(reply, from: Self.gateways[random.below(3)], buffer: buffer, now: now))
      } else if let due = session.nextDeadline {
        now = max(now, due)
        note(session.timer(now: now))
      }
    }
    while let due = session.nextDeadline {
      now = max(now, due)
      note(session.timer(now: now))
    }
    #expect(session.inFlight == 0)
    #expect(delivered.count == deadlines.count && delivered.values.allSatisfy { $0 == 1 }, "seed \(seed)")
    #expect(buffers.isEmpty, "seed \(seed): \(buffers.count) buffers are kept")
  }

  @Test func withoutAnyAnswerTheClientSpeaksShortlyAfterTheDeadline() throws {
    for accepted in [false, true] {
      var session = session(1)
      let (id, _) = session.submit(inputBytes: [8], deadlineMilliseconds: 2_950, now: .zero)
      if accepted {
        _ = session.receive(.accepted(id, incarnation: 3), from: "a:1", buffer: nil, now: Fixtures.time(1))
      }
      var ended: [(Int, Outcome)] = []
      while let due = session.nextDeadline {
        for outcome in session.timer(now: due).delivered { ended.append((due.milliseconds(since: .zero), outcome)) }
      }
      #expect(ended.map(\.0) == [3_850])
      #expect(ended.map(\.1.reason) == ["no gateway answered by the deadline"])
    }
  }
}

extension [ClientSession.Effect] {
  fileprivate var frames: [ClientFrame] {
    compactMap { if case .send(let frame, _, _) = $0 { frame } else { nil } }
  }

  fileprivate var submissions: [Submit] {
    frames.compactMap { if case .submit(let submit) = $0 { submit } else { nil } }
  }
  fileprivate var inputChunks: [InputChunk] {
    frames.compactMap { if case .input(let chunk) = $0 { chunk } else { nil } }
  }
  fileprivate var isPing: Bool { frames.contains { if case .ping = $0 { true } else { false } } }
  fileprivate var acknowledged: [UInt64] {
    frames.compactMap { if case .acknowledge(_, let sequence) = $0 { sequence } else { nil } }
  }
  fileprivate var addresses: Set<String> {
    Set(compactMap { if case .send(_, _, let address) = $0 { address } else { nil } })
  }
  fileprivate var changes: [String] {
    compactMap { if case .gatewayChanged(let from, let to) = $0 { "\(from) -> \(to)" } else { nil } }
  }
  fileprivate var delivered: [Outcome] {
    compactMap { if case .deliver(_, let outcome, _, _, _) = $0 { outcome } else { nil } }
  }
  fileprivate var parts: [[BufferHandle]] {
    compactMap { if case .deliver(_, _, let parts, _, _) = $0 { parts } else { nil } }
  }
  fileprivate var released: [BufferHandle] {
    compactMap { if case .release(let buffer) = $0 { buffer } else { nil } }
  }
}
