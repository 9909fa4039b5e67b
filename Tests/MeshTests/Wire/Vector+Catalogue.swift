import Membership
import Mesh
import Plans

extension Vector {
  static let alice = AgentID(high: 0x0011_2233_4455_6677, low: 0x8899_AABB_CCDD_EEFF)
  static let bob = AgentID(high: 0xB0B0_0000_0000_0001, low: 0xB0B0_0000_0000_0002)
  static let carol = AgentID(high: 0xCA00_0000_0000_0001, low: 0xCA00_0000_0000_0002)
  static let request = RequestID(client: 0x0102_0304_0506_0708, number: 9)
  static let attempt = AttemptID(request: request, gateway: alice, gatewayIncarnation: 3, counter: 0x0A0B_0C0D)
  static let plan = PlanDigest(bytes: (0..<32).map { UInt8(0xE0 + $0 % 16) })!

  static let member = try! Member(
    id: bob, incarnation: 5, refutation: 2, state: .alive, address: "10.0.0.2:7707", name: "bob", payloadVersion: 1,
    payload: HoldingClaim.encode([HoldingClaim(plan: plan, generation: 7, seat: 1)]))
  static let verdict = try! Verdict(id: carol, incarnation: 4, refutation: 1, state: .suspect, accusers: [alice, bob])
  static let gossip: [Rumor] = [.record(member), .verdict(verdict)]

  static let all: [Vector] = membership + data + clients + replies

  private static func frame(_ name: String, _ about: String, _ body: Frame.Body, payload: [UInt8] = []) -> Vector {
    Vector(
      name: name, about: about, content: .frame(Frame(sender: alice, incarnation: 3, body: body)), payload: payload)
  }

  private static let membership: [Vector] = [
    frame(
      "membership-ping", "ping 17 to bob: bob's record and a suspicion of carol ride along",
      .membership(.ping(sequence: 17, target: bob, digest: 0x1122_3344_5566_7788, gossip: gossip))),
    frame(
      "membership-ack", "ack 17, no rumors",
      .membership(.ack(sequence: 17, digest: 0x1122_3344_5566_7788, gossip: []))),
    frame(
      "membership-ping-request", "ping request 18: ask carol",
      .membership(.pingRequest(sequence: 18, target: carol, gossip: [.verdict(verdict)]))),
    frame("membership-nack", "nack 18, no rumors", .membership(.nack(sequence: 18, gossip: []))),
    frame("membership-gossip", "a record and a verdict, pushed", .membership(.gossip(gossip))),
    frame("membership-join", "join 19 with bob's record", .membership(.join(sequence: 19, member: member))),
    frame(
      "membership-view", "a page of a view with one member, wanting a view back",
      .membership(
        .view(View(sequence: 19, digest: 0x1122_3344_5566_7788, wantsReply: true, members: [member])))),
    frame(
      "membership-refusal-duplicate", "join 19 refused: another live agent has the identity",
      .membership(.refusal(sequence: 19, .duplicateIdentity(incarnation: 5, address: "10.0.0.2:7707")))),
    frame(
      "membership-refusal-stale", "join 19 refused: incarnation 6 is known",
      .membership(.refusal(sequence: 19, .staleIncarnation(known: 6)))),
    frame(
      "membership-refusal-full", "join 19 refused: 200 members are here",
      .membership(.refusal(sequence: 19, .meshFull(limit: 200)))),
  ]

  private static let data: [Vector] = [
    frame(
      "open", "an attempt with 9.5 s left; seat 0 alice, seat 1 empty, seat 2 bob",
      .open(
        OpenAttempt(
          attempt: attempt, plan: plan, remainingMilliseconds: 9_500, gatewaySeat: 0,
          roster: Roster(entries: [
            Roster.Entry(agent: alice, incarnation: 3), nil, Roster.Entry(agent: bob, incarnation: 5),
          ])))),
    frame(
      "chunk-input", "network input 0, whole: 8 bytes",
      .chunk(Chunk(attempt: attempt, content: .input(0), totalBytes: 8, offset: 0, length: 8)),
      payload: [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]),
    frame(
      "chunk-slice", "the last 4 bytes of seat 2's rows of stage 3, tainted by fills at stages 1 and 2",
      .chunk(
        Chunk(
          attempt: attempt, content: .slice(stage: 3, owner: 2), totalBytes: Limits.chunkBytes + 4,
          offset: Limits.chunkBytes, length: 4,
          provenance: Provenance([
            .init(stage: 1, seat: 1, fill: .replica, rows: 12), .init(stage: 2, seat: 1, fill: .zero, rows: 300),
          ]))),
      payload: [1, 2, 3, 4]),
    frame("want", "seat 1's rows of stage 3, please", .want(Want(attempt: attempt, stage: 3, owner: 1))),
    frame("progress", "still at stage 3", .progress(Progress(attempt: attempt, stage: 3))),
    frame("cancel", "the attempt is over", .cancel(attempt)),
  ]

  private static let clients: [Vector] = [
    Vector(
      name: "client-submit", about: "two inputs for a named plan, 10 s left",
      content: .client(
        .submit(Submit(request: request, remainingMilliseconds: 10_000, network: plan, inputBytes: [602_112, 4])))),
    Vector(
      name: "client-submit-newest", about: "one input for whatever plan is newest",
      content: .client(.submit(Submit(request: request, remainingMilliseconds: 250, inputBytes: [768])))),
    Vector(
      name: "client-input", about: "the first 4 bytes of input 1",
      content: .client(.input(InputChunk(request: request, input: 1, offset: 0, length: 4))), payload: [9, 8, 7, 6]),
    Vector(
      name: "client-acknowledge", about: "reply 3 * 2^32 + 1 has arrived",
      content: .client(.acknowledge(client: request.client, sequence: 3 << 32 | 1))),
    Vector(name: "client-ping", about: "ping 21", content: .client(.ping(client: request.client, number: 21))),
    Vector(name: "client-cancel", about: "no longer wanted", content: .client(.cancel(request))),
  ]

  private static let timing = Timing(
    totalMicroseconds: 48_000, computeMicroseconds: 31_000, exchangeMicroseconds: 5_000)

  private static let replies: [Vector] = [
    Vector(
      name: "reply-accepted", about: "every input byte is here, at incarnation 3",
      content: .reply(.accepted(request, incarnation: 3))),
    Vector(
      name: "reply-pong", about: "ping 21 answered at incarnation 3, with two members",
      content: .reply(
        .pong(
          client: request.client, number: 21, incarnation: 3, members: ["10.0.0.1:7707", "10.0.0.2:7707"]))),
    Vector(
      name: "reply-redirect", about: "ask the agent at 10.0.0.2:7707",
      content: .reply(.redirect(request, addresses: ["10.0.0.2:7707"]))),
    Vector(
      name: "reply-outcome-complete", about: "complete; two outputs of 4 bytes",
      content: .reply(
        .outcome(
          OutcomeReply(
            request: request, sequence: 3 << 32 | 1,
            outcome: Outcome(
              kind: .complete, answeredSeats: SeatMask([0, 1, 2]), totalRows: 1_000, replicaRows: 12, timing: timing),
            outputBytes: [4, 4], offset: 0, length: 8))),
      payload: [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]),
    Vector(
      name: "reply-outcome-degraded", about: "degraded, seat 1 lost; the last 4 bytes of an output of two chunks",
      content: .reply(
        .outcome(
          OutcomeReply(
            request: request, sequence: 3 << 32 | 2,
            outcome: Outcome(
              kind: .degraded, answeredSeats: SeatMask([0, 2]), lostSeats: SeatMask([1]), totalRows: 1_000,
              replicaRows: 12, zeroRows: 300, timing: timing),
            outputBytes: [Limits.chunkBytes + 4], offset: Limits.chunkBytes, length: 4))),
      payload: [5, 6, 7, 8]),
    Vector(
      name: "reply-outcome-refused", about: "refused, with the reason",
      content: .reply(
        .outcome(
          OutcomeReply(
            request: request, sequence: 3 << 32 | 3,
            outcome: Outcome(kind: .refused, reason: "the gateway's queue of 64 requests is full"), outputBytes: [],
            offset: 0, length: 0)))),
  ]
}
