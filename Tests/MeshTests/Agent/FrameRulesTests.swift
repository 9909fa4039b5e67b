import Membership
import Plans
import Testing

@testable import Mesh

/// Frames that change nothing but a counter, and bounds on what waits.
@Suite struct FrameRulesTests {
  private static let attempt = AgentFixture.opening(by: 1).attempt

  // MARK: Opening

  struct Opening: Sendable, CustomStringConvertible {
    var description: String
    var sender = 1
    var senderIncarnation = AgentFixture.peerIncarnation
    var change: @Sendable (inout OpenAttempt) -> Void = { _ in }
    var reason: String?
  }

  static let openings: [Opening] = [
    Opening(description: "a gateway's"),
    Opening(description: "another agent's", sender: 2, reason: "opening from another than the gateway"),
    Opening(
      description: "a former start's", senderIncarnation: AgentFixture.peerIncarnation - 1,
      reason: "opening from another than the gateway"),
    Opening(
      description: "a gateway that is not in its seat", change: { $0.gatewaySeat = 2 },
      reason: "opening from another than the gateway"),
    Opening(
      description: "a gateway without a seat", change: { $0.roster.entries[1] = nil },
      reason: "opening from another than the gateway"),
    Opening(
      description: "for a former start", change: { $0.roster.entries[0]?.incarnation -= 1 },
      reason: "opening for another incarnation"),
    Opening(
      description: "without this agent", change: { $0.roster.entries[0] = nil },
      reason: "opening for another incarnation"),
    Opening(
      description: "for an unknown plan", change: { $0.plan = AdmissionTests.other },
      reason: "opening for a plan or seat that this agent does not hold"),
    Opening(
      description: "for another seat", change: { $0.roster.entries.swapAt(0, 2) },
      reason: "opening for a plan or seat that this agent does not hold"),
    Opening(
      description: "with too many seats", change: { $0.roster.entries.append(nil) },
      reason: "opening for a plan or seat that this agent does not hold"),
  ]

  @Test(arguments: openings)
  func opening(example: Opening) throws {
    var agent = try AgentFixture(peers: [1, 2])
    var open = AgentFixture.opening(by: 1)
    example.change(&open)
    let effects = agent.frame(.open(open), from: example.sender, incarnation: example.senderIncarnation)
    #expect(effects.dropped == (example.reason.map { [$0] } ?? []))
    #expect(effects.opened.count == (example.reason == nil ? 1 : 0))
    #expect(agent.mind.counters.framesDropped == (example.reason == nil ? 0 : 1))
  }

  @Test func openingsAreBoundedAndRepeatsAreHarmless() throws {
    var agent = try AgentFixture(peers: [1, 2])
    for counter in 1...UInt32(Limits.attemptsPerGateway) {
      #expect(agent.frame(.open(AgentFixture.opening(by: 1, counter: counter)), from: 1).opened.count == 1)
    }
    // One more than a gateway runs: its oldest ends, and stays closed.
    let oldest = AgentFixture.opening(by: 1, counter: 1)
    let effects = agent.frame(.open(AgentFixture.opening(by: 1, counter: 1_000)), from: 1)
    #expect(effects.opened.count == 1 && effects.closed == [oldest.attempt])
    let again = agent.frame(.open(oldest), from: 1)
    #expect(again.opened.isEmpty && again.dropped.isEmpty)
    // Cancelled and opened again by a frame that was late: it stays closed.
    let first = AgentFixture.opening(by: 1, counter: 2)
    #expect(agent.frame(.cancel(first.attempt), from: 1).closed == [first.attempt])
    #expect(agent.frame(.open(first), from: 1).opened.isEmpty)
  }

  @Test func onlyTheGatewayCancels() throws {
    var agent = try AgentFixture(peers: [1, 2])
    _ = agent.frame(.open(AgentFixture.opening(by: 1)), from: 1)
    for (seat, incarnation) in [(2, AgentFixture.peerIncarnation), (1, AgentFixture.peerIncarnation - 1)] {
      let effects = agent.frame(.cancel(Self.attempt), from: seat, incarnation: incarnation)
      #expect(effects.closed.isEmpty)
      #expect(effects.dropped == ["cancel from another than the gateway"])
    }
    #expect(agent.frame(.cancel(Self.attempt), from: 1).closed == [Self.attempt])
  }

  @Test func aSeatEndsAnAttemptByItselfAfterDeadlineAndGrace() throws {
    var agent = try AgentFixture(peers: [1, 2])
    _ = agent.frame(.open(AgentFixture.opening(by: 1)), from: 1)
    // The gateway shows signs of life all the while, but its cancel is lost.
    for time in stride(from: 100, through: 10_900, by: 100) {
      #expect(agent.pass(to: time).closed.isEmpty)
      _ = agent.frame(.progress(Progress(attempt: Self.attempt, stage: 0)), from: 1)
    }
    #expect(agent.pass(to: 10_999).closed.isEmpty)
    #expect(agent.pass(to: 11_000).closed == [Self.attempt])
  }

  @Test func aDeadGatewaysAttemptsEnd() throws {
    var agent = try AgentFixture(peers: [1, 2])
    _ = agent.frame(.open(AgentFixture.opening(by: 1)), from: 1)
    _ = agent.frame(.open(AgentFixture.opening(by: 2)), from: 2)
    let verdict = try Verdict(
      id: Fixtures.agent(1), incarnation: AgentFixture.peerIncarnation, refutation: 0, state: .left)
    #expect(agent.frame(.membership(.gossip([.verdict(verdict)])), from: 2).closed == [Self.attempt])
    #expect(agent.mind.attempts.count == 1)
  }

  // MARK: Chunks

  struct Piece: Sendable, CustomStringConvertible {
    var description: String
    var sender = 1
    var senderIncarnation = AgentFixture.peerIncarnation
    var body: Frame.Body
    var reason: String?
  }

  static let input = Chunk(
    attempt: attempt, content: .input(0), totalBytes: Fixtures.inputBytes, offset: 0, length: Fixtures.inputBytes)

  private static func input(_ change: (inout Chunk) -> Void) -> Frame.Body {
    var chunk = input
    change(&chunk)
    return .chunk(chunk)
  }

  static let pieces: [Piece] = [
    Piece(description: "a slice", body: AgentFixture.slice(attempt, owner: 1)),
    Piece(description: "the input", body: .chunk(input)),
    Piece(
      description: "of an agent without a seat", sender: 7, body: AgentFixture.slice(attempt, owner: 1),
      reason: "chunk off the roster"),
    Piece(
      description: "of a former start", senderIncarnation: AgentFixture.peerIncarnation - 1,
      body: AgentFixture.slice(attempt, owner: 1), reason: "chunk off the roster"),
    Piece(
      description: "of a later start", senderIncarnation: AgentFixture.peerIncarnation + 1,
      body: AgentFixture.slice(attempt, owner: 1), reason: "chunk off the roster"),
    Piece(
      description: "rows that the sender does not hold", body: AgentFixture.slice(attempt, owner: 2),
      reason: "slice chunk that does not fit the plan"),
    Piece(description: "replica rows unasked", sender: 2, body: AgentFixture.slice(attempt, owner: 1, bytes: 64)),
    Piece(
      description: "a slice that is too short", body: AgentFixture.slice(attempt, owner: 1, bytes: 64),
      reason: "slice chunk that does not fit the plan"),
    Piece(
      description: "of a stage beyond the plan", body: AgentFixture.slice(attempt, stage: 2, owner: 1),
      reason: "slice chunk that does not fit the plan"),
    Piece(
      description: "of a seat beyond the plan", body: AgentFixture.slice(attempt, owner: 63),
      reason: "slice chunk that does not fit the plan"),
    Piece(
      description: "the input from another than the gateway", sender: 2, body: .chunk(input),
      reason: "input chunk that does not fit"),
    Piece(
      description: "an input beyond the network's", body: input { $0.content = .input(1) },
      reason: "input chunk that does not fit"),
    Piece(
      description: "an input of another length", body: input { $0.totalBytes += 4 },
      reason: "input chunk that does not fit"),
    Piece(
      description: "half an input", body: input { $0.length -= 4 }, reason: "input chunk that does not fit"),
    Piece(
      description: "a want of an agent without a seat", sender: 7,
      body: .want(Want(attempt: attempt, stage: 0, owner: 1)), reason: "want off the roster"),
    Piece(description: "a want for what is not held", body: .want(Want(attempt: attempt, stage: 9, owner: 63))),
    Piece(
      description: "progress of an agent without a seat", sender: 7,
      body: .progress(Progress(attempt: attempt, stage: 0))),
  ]

  @Test(arguments: pieces)
  func piece(example: Piece) throws {
    var agent = try AgentFixture(peers: [1, 2])
    _ = agent.frame(.open(AgentFixture.opening(by: 1)), from: 1)
    let buffer: BufferHandle? = if case .chunk = example.body { agent.buffer() } else { nil }
    let effects = agent.frame(
      example.body, from: example.sender, incarnation: example.senderIncarnation, buffer: buffer)
    #expect(effects.dropped == (example.reason.map { [$0] } ?? []))
    #expect(agent.mind.counters.framesDropped == (example.reason == nil ? 0 : 1))
    // Whatever it was, its bytes have found their way.
    #expect(effects.consumed == (buffer.map { [$0] } ?? []))
  }

  // MARK: Early frames

  @Test func earlyFramesAreBoundedInNumber() throws {
    var agent = try AgentFixture(peers: [1, 2])
    for _ in 0..<Limits.earlyFrames {
      let buffer = agent.buffer()
      #expect(agent.frame(AgentFixture.slice(Self.attempt, owner: 1), from: 1, buffer: buffer).consumed.isEmpty)
    }
    let buffer = agent.buffer()
    let effects = agent.frame(AgentFixture.slice(Self.attempt, owner: 1), from: 1, buffer: buffer)
    #expect(effects.released == [buffer])
    #expect(effects.dropped == ["too many frames ahead of their opening"])
    let want = agent.frame(.want(Want(attempt: Self.attempt, stage: 0, owner: 1)), from: 2)
    #expect(want.dropped == ["too many frames ahead of their opening"])
    // They are let go when their time is over, each once, and there is room again.
    #expect(agent.pass(to: Limits.earlyMilliseconds).released.count == Limits.earlyFrames)
    #expect(agent.mind.early.isEmpty && agent.mind.earlyBytes == 0)
  }

  @Test func earlyFramesAreBoundedInBytes() throws {
    var agent = try AgentFixture(peers: [1, 2])
    let fitting = Limits.earlyBytes / Limits.chunkBytes
    for number in 0...fitting {
      let buffer = agent.buffer()
      let body = AgentFixture.slice(Self.attempt, owner: 1, bytes: Limits.chunkBytes)
      let effects = agent.frame(body, from: 1, buffer: buffer)
      #expect(effects.released == (number < fitting ? [] : [buffer]))
    }
    #expect(agent.mind.earlyBytes == Limits.earlyBytes)
    // An attempt that is called off takes its early frames with it.
    #expect(agent.frame(.cancel(Self.attempt), from: 1).released.count == fitting)
    #expect(agent.mind.earlyBytes == 0)
  }

  @Test func earlyFramesAreTakenUpWithTheOpening() throws {
    var agent = try AgentFixture(peers: [1, 2])
    let (early, stranger) = (agent.buffer(), agent.buffer())
    _ = agent.frame(AgentFixture.slice(Self.attempt, owner: 1), from: 1, buffer: early)
    _ = agent.frame(AgentFixture.slice(Self.attempt, owner: 1), from: 7, buffer: stranger)
    let effects = agent.frame(.open(AgentFixture.opening(by: 1)), from: 1)
    #expect(effects.consumed == [early, stranger])
    #expect(effects.released == [stranger])
    #expect(effects.dropped == ["chunk off the roster"])
    #expect(agent.mind.earlyBytes == 0)
  }

  /// Late slices of agents that nobody knows leave no trace: what is kept of peers is bounded by the members.
  @Test func lateSlicesReinstateMembersOnly() throws {
    var agent = try AgentFixture(peers: [1, 2])
    _ = agent.frame(.open(AgentFixture.opening(by: 1)), from: 1)
    _ = agent.frame(.cancel(Self.attempt), from: 1)
    for seat in [1, 2] { agent.mind.peers.missed(Fixtures.agent(seat), now: Fixtures.time(0)) }
    let late = agent.frame(AgentFixture.slice(Self.attempt, owner: 1), from: 1, buffer: agent.buffer())
    #expect(late.released.count == 1 && late.dropped.isEmpty)
    #expect(!agent.mind.peers.hasMissed(Fixtures.agent(1)))
    // A former start's slice does not speak for this one.
    _ = agent.frame(
      AgentFixture.slice(Self.attempt, owner: 2), from: 2, incarnation: AgentFixture.peerIncarnation - 1,
      buffer: agent.buffer())
    #expect(agent.mind.peers.hasMissed(Fixtures.agent(2)))
  }
}
