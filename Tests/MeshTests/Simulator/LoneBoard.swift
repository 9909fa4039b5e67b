import Membership
import Plans
import Tensors
import Testing

@testable import Mesh

/// One mind whose peers, clients and worker the test plays.
struct LoneBoard {
  var mind: AgentMind
  var now = Timestamp.zero.advanced(milliseconds: 1_000)
  private var nextBuffer: UInt64 = 1
  static let me = agent(0)

  static func agent(_ index: Int) -> AgentID { AgentID(high: 0xB0A2D, low: UInt64(index + 1)) }
  static func address(_ index: Int) -> String { "10.1.0.\(index + 1):7707" }

  init() throws {
    let member = try Member(id: Self.me, incarnation: 1, address: Self.address(0), name: "me")
    mind = AgentMind(membership: try Membership(me: member, seeds: [], seed: 1, now: now), now: now)
  }

  @discardableResult
  mutating func step(_ input: Input, after milliseconds: Int = 0) -> [Mesh.Effect] {
    now = now.advanced(milliseconds: milliseconds)
    return mind.step(input, now: now)
  }

  /// Time passes; every timer that is due goes off. More steps than could be of use are a busy loop.
  mutating func wait(milliseconds: Int) -> [Mesh.Effect] {
    let end = now.advanced(milliseconds: milliseconds)
    var effects: [Mesh.Effect] = []
    var steps = 0
    while mind.nextDeadline <= end {
      now = max(now, mind.nextDeadline)
      effects += mind.step(.timer, now: now)
      steps += 1
      guard steps < 100 * milliseconds else {
        Issue.record("the timer goes off without an end")
        break
      }
    }
    now = end
    return effects
  }

  static func plan(seats: Int, width: Int = 4, tag: UInt8 = 1) throws -> (facts: PlanFacts, network: NetworkReference) {
    let stage = Stage(
      name: "stage0", output: PlanValue(name: "stage0", shape: [1, 3, 1, width]), rowAxis: 1, inputs: ["input"],
      owners: (0..<3).map { $0 % seats },
      replicas: (0..<seats).map { seat in seat == 2 ? [1] : [] })
    let network = NetworkReference(name: "lone", digest: String(repeating: "0", count: 64))
    let plan = Plan(
      network: network, inputs: [PlanValue(name: "input", shape: [1, 16])],
      outputs: [PlanValue(name: "output", shape: [1, 10])],
      seats: (0..<seats).map { _ in Seat(memoryBytes: 1 << 20) }, strategy: Strategy(name: "lone"), stages: [stage],
      tailInputs: ["stage0"], fills: [.replica, .zero])
    let digest = try #require(PlanDigest(bytes: [UInt8](repeating: tag, count: 32)))
    return (PlanFacts(plan, digest: digest), network)
  }

  mutating func hold(seats: Int = 1, tag: UInt8 = 1, generation: UInt64 = 1) throws -> PlanFacts {
    let (facts, network) = try Self.plan(seats: seats, tag: tag)
    step(.holdingReady(HeldPlan(facts: facts, generation: generation, seat: 0, network: network)))
    return facts
  }

  /// Another agent joins, or starts anew, and says what it holds.
  @discardableResult
  mutating func join(_ index: Int, incarnation: UInt64 = 1, claims: [HoldingClaim] = []) throws -> [Mesh.Effect] {
    let member = try Member(
      id: Self.agent(index), incarnation: incarnation, address: Self.address(index), name: "peer\(index)",
      payloadVersion: 1, payload: HoldingClaim.encode(claims))
    return step(
      .frame(
        Frame(
          sender: member.id, incarnation: incarnation, body: .membership(.join(sequence: 7, member: member))),
        buffer: nil))
  }

  mutating func client(_ frame: ClientFrame) -> [Mesh.Effect] {
    step(.client(frame, route: ClientRoute(1), buffer: nil))
  }

  /// A whole request of 64 input bytes.
  mutating func request(_ id: RequestID, plan: PlanDigest? = nil, remaining: Int = 5_000) -> [Mesh.Effect] {
    let submit = Submit(request: id, remainingMilliseconds: remaining, network: plan, inputBytes: [64])
    let effects = client(.submit(submit))
    nextBuffer += 1
    return effects
      + step(
        .client(
          .input(InputChunk(request: id, input: 0, offset: 0, length: 64)), route: ClientRoute(1),
          buffer: BufferHandle(nextBuffer)))
  }

  /// An attempt of another gateway, at whose seat 1 it sits, arrives.
  mutating func opened(by index: Int, number: UInt64, plan: PlanDigest, incarnation: UInt64 = 1) -> [Mesh.Effect] {
    let attempt = AttemptID(
      request: RequestID(client: 9, number: number), gateway: Self.agent(index), gatewayIncarnation: incarnation,
      counter: UInt32(number))
    let roster = Roster(entries: [
      .init(agent: Self.me, incarnation: 1), .init(agent: Self.agent(index), incarnation: incarnation),
    ])
    let open = OpenAttempt(
      attempt: attempt, plan: plan, remainingMilliseconds: Limits.maximumDeadlineMilliseconds, gatewaySeat: 1,
      roster: roster)
    return step(.frame(Frame(sender: Self.agent(index), incarnation: incarnation, body: .open(open)), buffer: nil))
  }
}

extension [Mesh.Effect] {
  var attemptsOpened: [AttemptID] { compactMap { if case .open(let attempt, _, _) = $0 { attempt } else { nil } } }
  var plansOpened: [PlanDigest] { compactMap { if case .open(_, let plan, _) = $0 { plan } else { nil } } }
  var attemptsClosed: [AttemptID] { compactMap { if case .close(let attempt) = $0 { attempt } else { nil } } }
  var clientReplies: [ClientReply] { compactMap { if case .reply(let reply, _, _) = $0 { reply } else { nil } } }
  var outcomesAnswered: [Outcome] {
    compactMap { if case .record(.answered(_, _, let outcome)) = $0 { outcome } else { nil } }
  }
}
