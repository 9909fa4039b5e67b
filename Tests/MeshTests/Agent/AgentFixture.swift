import Membership
import Plans

@testable import Mesh

/// An agent's mind in seat 0 of the fixtures' plan, with a client and peers that say what a test wants.
struct AgentFixture {
  var mind: AgentMind
  var now = 0
  var nextBuffer: UInt64 = 1
  static let incarnation: UInt64 = 3
  static let peerIncarnation: UInt64 = 5
  static let client: UInt64 = 7

  /// An agent that started at 0; it holds seat 0 unless `facts` is nil, and knows `peers` as ready in their seats.
  init(facts: PlanFacts? = Fixtures.facts, peers: [Int] = []) throws {
    let member = try Member(
      id: Fixtures.agent(0), incarnation: Self.incarnation, address: Fixtures.address(0), name: "me")
    mind = AgentMind(membership: try Membership(me: member, seeds: [], seed: 1, now: .zero), now: .zero)
    if let facts {
      _ = input(.holdingReady(HeldPlan(facts: facts, generation: 1, seat: 0, network: Fixtures.network)))
    }
    for seat in peers { _ = try meet(seat) }
  }

  mutating func input(_ input: Input) -> [Mesh.Effect] { mind.step(input, now: Fixtures.time(now)) }

  /// Lets time pass in the steps that the mind asks for.
  mutating func pass(to time: Int) -> [Mesh.Effect] {
    var effects: [Mesh.Effect] = []
    while mind.nextDeadline <= Fixtures.time(time) {
      now = max(
        now, (mind.nextDeadline.nanoseconds + 999_999).quotientAndRemainder(dividingBy: 1_000_000).quotient.asInt)
      effects += input(.timer)
    }
    now = max(now, time)
    return effects + input(.timer)
  }

  mutating func buffer() -> BufferHandle {
    nextBuffer += 1
    return BufferHandle(nextBuffer - 1)
  }

  /// A peer appears, ready in its seat.
  mutating func meet(_ seat: Int, incarnation: UInt64 = peerIncarnation) throws -> [Mesh.Effect] {
    let claim = HoldingClaim(plan: Fixtures.digest, generation: 1, seat: seat)
    let record = try Member(
      id: Fixtures.agent(seat), incarnation: incarnation, address: Fixtures.address(seat), name: "seat \(seat)",
      payload: HoldingClaim.encode([claim]))
    return frame(.membership(.gossip([.record(record)])), from: seat, incarnation: incarnation)
  }

  mutating func frame(
    _ body: Frame.Body, from seat: Int, incarnation: UInt64 = peerIncarnation, buffer: BufferHandle? = nil
  ) -> [Mesh.Effect] {
    input(.frame(Frame(sender: Fixtures.agent(seat), incarnation: incarnation, body: body), buffer: buffer))
  }

  mutating func client(_ frame: ClientFrame, buffer: BufferHandle? = nil) -> [Mesh.Effect] {
    input(.client(frame, route: ClientRoute(1), buffer: buffer))
  }

  static func request(_ number: UInt64) -> RequestID { RequestID(client: client, number: number) }

  mutating func submit(
    _ number: UInt64, deadline: Int = 10_000, network: PlanDigest? = nil, inputBytes: [Int] = [Fixtures.inputBytes]
  ) -> [Mesh.Effect] {
    client(
      .submit(
        Submit(
          request: Self.request(number), remainingMilliseconds: deadline, network: network, inputBytes: inputBytes)))
  }

  /// The request's whole input, one chunk.
  mutating func sendInput(_ number: UInt64) -> [Mesh.Effect] {
    let handle = buffer()
    return client(
      .input(InputChunk(request: Self.request(number), input: 0, offset: 0, length: Fixtures.inputBytes)),
      buffer: handle)
  }

  /// An attempt that the peer in `seat` opens as a gateway, all three seats taken.
  static func opening(by seat: Int, counter: UInt32 = 1, plan: PlanDigest = Fixtures.digest) -> OpenAttempt {
    let entries = (0..<3).map {
      Roster.Entry(agent: Fixtures.agent($0), incarnation: $0 == 0 ? incarnation : peerIncarnation)
    }
    return OpenAttempt(
      attempt: AttemptID(
        request: request(99), gateway: Fixtures.agent(seat), gatewayIncarnation: peerIncarnation, counter: counter),
      plan: plan, remainingMilliseconds: 10_000, gatewaySeat: seat, roster: Roster(entries: entries))
  }

  /// A chunk of a slice: the two rows of `owner` at stage 0, whole.
  static func slice(_ attempt: AttemptID, stage: Int = 0, owner: Int, bytes: Int = 2 * 64) -> Frame.Body {
    .chunk(
      Chunk(attempt: attempt, content: .slice(stage: stage, owner: owner), totalBytes: bytes, offset: 0, length: bytes))
  }
}

extension Int64 {
  fileprivate var asInt: Int { Int(clamping: self) }
}
