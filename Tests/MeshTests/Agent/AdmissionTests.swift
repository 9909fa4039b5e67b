import Membership
import Plans
import Tensors
import Testing

@testable import Mesh

/// What becomes of a request at the gateway's door.
@Suite struct AdmissionTests {
  struct Case: Sendable, CustomStringConvertible {
    var description: String
    var isSeated = true
    var startedLongAgo = true
    var network: PlanDigest?
    var inputBytes = [Fixtures.inputBytes]
    /// How it ends; nil: it is admitted.
    var reason: String?
  }

  static let other = PlanDigest(bytes: [UInt8](repeating: 1, count: 32))!

  static let cases: [Case] = [
    Case(description: "the newest plan"),
    Case(description: "the plan by name", network: Fixtures.digest),
    Case(
      description: "another plan, whose inputs are of the same size", network: other,
      reason: "the deployed network is another one: ask again what is deployed"),
    Case(
      description: "no network", isSeated: false, reason: "no network is deployed: see 'edgemesh deploy --help'"),
    Case(
      description: "another network", network: other, inputBytes: [12],
      reason: "the deployed network is another one: ask again what is deployed"),
    Case(description: "too little", inputBytes: [12], reason: "inputs of [12] bytes do not fit the network's [768]"),
    Case(
      description: "too many inputs", inputBytes: [768, 768],
      reason: "inputs of [768, 768] bytes do not fit the network's [768]"),
    Case(description: "no inputs", inputBytes: [], reason: "inputs of [] bytes do not fit the network's [768]"),
  ]

  @Test(arguments: cases)
  func admission(example: Case) throws {
    var agent = try AgentFixture(facts: example.isSeated ? Fixtures.facts : nil)
    agent.now = AgentMind.startingMilliseconds
    let effects = agent.submit(1, network: example.network, inputBytes: example.inputBytes)
    if let reason = example.reason {
      #expect(effects.outcomes.map(\.outcome.kind) == [.refused])
      #expect(effects.outcomes.map(\.outcome.reason) == [reason])
      #expect(agent.mind.requestCount == 0)
      #expect(agent.mind.counters.outcomes[.refused] == 1)
    } else {
      #expect(effects.replies.isEmpty)
      #expect(agent.sendInput(1).replies == [.accepted(AgentFixture.request(1), incarnation: AgentFixture.incarnation)])
      #expect(agent.mind.counters.requestsAdmitted == 1)
    }
  }

  @Test func anAgentThatHasJustStartedPassesClientsOn() throws {
    var agent = try AgentFixture(facts: nil)
    agent.now = AgentMind.startingMilliseconds - 1
    #expect(agent.submit(1).replies == [.redirect(AgentFixture.request(1), addresses: [])])
  }

  @Test func anAgentWithoutASeatNamesThoseWhoHaveOne() throws {
    var agent = try AgentFixture(facts: nil, peers: [1, 2])
    agent.now = 100
    #expect(
      agent.submit(1).replies
        == [.redirect(AgentFixture.request(1), addresses: [Fixtures.address(1), Fixtures.address(2)])])
  }

  @Test func theSixtyFifthIsRefused() throws {
    var agent = try AgentFixture()
    for number in 0..<Limits.requestsPerGateway { #expect(agent.submit(UInt64(number)).replies.isEmpty) }
    let effects = agent.submit(100)
    #expect(effects.outcomes.map(\.outcome.kind) == [.refused])
    #expect(effects.outcomes.map(\.outcome.reason) == ["the gateway's queue of 64 requests is full"])
    #expect(agent.mind.requestCount == Limits.requestsPerGateway)
    // A known one is not counted again.
    #expect(agent.submit(5).replies.isEmpty)
    // One ends: there is room again.
    _ = agent.client(.cancel(AgentFixture.request(5)))
    #expect(agent.submit(101).outcomes.isEmpty)
    #expect(agent.mind.requestCount == Limits.requestsPerGateway)
  }

  @Test func inputBytesAreBoundedToo() throws {
    let plan = Fixtures.plan(input: [1, 1, 4_096, 4_096])
    var agent = try AgentFixture(facts: PlanFacts(plan, digest: Fixtures.digest))
    for number in UInt64(1)...4 { #expect(agent.submit(number, inputBytes: [64 << 20]).outcomes.isEmpty) }
    #expect(agent.submit(5, inputBytes: [64 << 20]).outcomes.map(\.outcome.kind) == [.refused])
  }

  /// Whoever never acknowledges is not served without end, and what it is owed stays bounded.
  @Test func unacknowledgedOutcomesAreBounded() throws {
    var agent = try AgentFixture()
    for number in 0..<Limits.outcomesPerClient {
      #expect(agent.submit(UInt64(number), inputBytes: [1]).dropped.isEmpty)
    }
    let before = agent.mind.counters
    let effects = agent.submit(10_000, inputBytes: [1])
    #expect(effects.replies.isEmpty)
    #expect(effects.dropped == ["request of a client that leaves 256 outcomes unacknowledged"])
    #expect(agent.mind.counters.framesDropped == before.framesDropped + 1)
    #expect(agent.mind.counters.outcomes == before.outcomes)
    // An acknowledgement makes room.
    _ = agent.client(.acknowledge(client: AgentFixture.client, sequence: AgentFixture.incarnation << 32 | 1))
    #expect(agent.submit(10_001, inputBytes: [1]).dropped.isEmpty)
  }

  @Test func clientsAreBoundedAndTheIdleMakeRoom() throws {
    var agent = try AgentFixture()
    for client in 0..<UInt64(Limits.clients) {
      #expect(agent.client(.ping(client: 1_000 + client, number: 1)).replies.count == 1)
    }
    #expect(agent.client(.ping(client: 9_999, number: 1)).dropped == ["more than 256 clients"])
    agent.now = ClientLink.idleMilliseconds + 1
    #expect(agent.client(.ping(client: 9_999, number: 1)).replies.count == 1)
  }

  @Test func aResendIsConfirmedAndRunsOnce() throws {
    var agent = try AgentFixture()
    _ = agent.submit(1)
    #expect(agent.sendInput(1).opened.count == 1)
    let again = agent.submit(1)
    #expect(again.replies == [.accepted(AgentFixture.request(1), incarnation: AgentFixture.incarnation)])
    let late = agent.sendInput(1)
    #expect(late.opened.isEmpty)
    #expect(late.released.count == 1)
    #expect(agent.mind.counters.requestsAdmitted == 1)
  }

  @Test func fourRunAndTheEarliestDeadlineIsNext() throws {
    var agent = try AgentFixture()
    var opened: [AttemptID] = []
    for number in UInt64(0)..<8 {
      _ = agent.submit(number, deadline: 20_000 - 1_000 * Int(number))
      opened += agent.sendInput(number).opened
    }
    #expect(opened.map(\.request.number) == [0, 1, 2, 3])
    let next = agent.client(.cancel(AgentFixture.request(2)))
    #expect(next.closed.map(\.request.number) == [2])
    #expect(next.opened.map(\.request.number) == [7])
  }

  /// A deadline ends a request in whatever phase it is, at the deadline, with its inputs given back.
  @Test func deadlinesEndRequestsInEveryPhase() throws {
    var agent = try AgentFixture(peers: [1, 2])
    for number in UInt64(0)..<6 { _ = agent.submit(number, deadline: 400) }
    var effects: [Mesh.Effect] = []
    for number in UInt64(0)..<5 { effects += agent.sendInput(number) }
    effects += agent.pass(to: 399)
    #expect(effects.outcomes.isEmpty)
    effects += agent.pass(to: 400)
    // Outcomes go one at a time: acknowledge each.
    var reasons: [UInt64: String] = [:]
    var sequence = AgentFixture.incarnation << 32
    while let outcome = effects.outcomes.last(where: { reasons[$0.request.number] == nil }) {
      reasons[outcome.request.number] = outcome.outcome.reason
      sequence += 1
      effects = agent.client(.acknowledge(client: AgentFixture.client, sequence: sequence))
    }
    #expect(
      reasons == [
        0: "deadline", 1: "deadline", 2: "deadline", 3: "deadline", 4: "deadline: still queued",
        5: "deadline: the input did not arrive whole",
      ])
    #expect(agent.mind.requestCount == 0)
    #expect(agent.mind.attempts.isEmpty)
  }

  @Test func aReplacedNetworkFailsWhatWaitedForIt() throws {
    var agent = try AgentFixture()
    for number in UInt64(0)..<6 {
      _ = agent.submit(number)
      _ = agent.sendInput(number)
    }
    let newer = PlanFacts(Fixtures.plan(input: [1, 1, 2, 2]), digest: Self.other)
    _ = agent.input(.holdingReady(HeldPlan(facts: newer, generation: 2, seat: 0, network: Fixtures.network)))
    // As long as the former plan is held, the request runs on it.
    #expect(agent.client(.cancel(AgentFixture.request(1))).opened.map(\.request.number) == [4])
    _ = agent.input(.holdingDropped(Fixtures.digest))
    _ = agent.client(.acknowledge(client: AgentFixture.client, sequence: AgentFixture.incarnation << 32 | 1))
    let effects = agent.client(.cancel(AgentFixture.request(0)))
    // The cancelled one's outcome goes first, then that of the one that was next.
    #expect(effects.outcomes.map(\.outcome.reason) == ["cancelled by the client"])
    let next = agent.client(.acknowledge(client: AgentFixture.client, sequence: AgentFixture.incarnation << 32 | 2))
    #expect(next.outcomes.map(\.outcome.reason) == ["the network was replaced meanwhile"])
    #expect(next.outcomes.map(\.request.number) == [5])
  }
}
