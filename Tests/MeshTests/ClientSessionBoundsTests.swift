import Membership
import Plans
import Testing

@testable import Mesh

@Suite struct ClientSessionBoundsTests {
  private typealias Effect = ClientSession.Effect

  private func outcomes(_ effects: [ClientSession.Effect]) -> [(RequestID, Outcome)] {
    effects.compactMap { if case .deliver(let id, let outcome, _, _, _) = $0 { (id, outcome) } else { nil } }
  }

  private func reply(
    _ id: RequestID, _ kind: Outcome.Kind, bytes: Int = 0, offset: Int = 0, length: Int = 0
  ) -> ClientReply {
    .outcome(
      OutcomeReply(
        request: id, sequence: 1, outcome: Outcome(kind: kind, reason: kind.hasOutputs ? "" : "why"),
        outputBytes: bytes == 0 ? [] : [bytes], offset: offset, length: length))
  }

  /// A gateway that answers pings and takes no request: the client's own word on the deadline comes in time.
  @Test(arguments: [0, 50, 150, 199])
  func anOutcomeComesWithinTheBoundThoughNothingIsTaken(offset: Int) {
    var now = Timestamp.zero
    var session = ClientSession(client: 1, gateways: ["a:1"], plan: nil, now: now)
    _ = session.submit(inputBytes: [64], deadlineMilliseconds: 60_000, now: now)
    now = now.advanced(milliseconds: offset)
    let (id, _) = session.submit(inputBytes: [64], deadlineMilliseconds: 5_500, now: now)
    let due = now.advanced(milliseconds: 5_500 + Limits.outcomeGraceMilliseconds)
    var steps = 0
    while steps < 1_000 {
      steps += 1
      guard let next = session.nextDeadline else { break }
      now = max(now, next)
      let effects = session.timer(now: now)
      if outcomes(effects).contains(where: { $0.0 == id }) { break }
      _ = session.receive(
        .pong(client: 1, number: 1, incarnation: 1, members: []), from: "a:1", buffer: nil, now: now)
    }
    #expect(steps < 1_000 && now <= due)
  }

  /// Agents that all start up send a client on to each other; it does not go round as fast as the network.
  @Test func redirectionsInACircleAreSlow() {
    var now = Timestamp.zero
    var session = ClientSession(client: 1, gateways: ["a:1", "b:1"], plan: nil, now: now)
    let (id, first) = session.submit(inputBytes: [64], deadlineMilliseconds: 10_000, now: now)
    var effects = first
    var submissions = 0
    let end = now.advanced(milliseconds: 3_000)
    while now < end, submissions < 10_000 {
      now = now.advanced(milliseconds: 1)
      let asked = effects.compactMap { effect -> String? in
        if case .send(.submit, _, let address) = effect { address } else { nil }
      }
      submissions += asked.count
      effects = []
      for address in asked {
        effects += session.receive(.redirect(id, addresses: []), from: address, buffer: nil, now: now)
      }
      effects += session.timer(now: now)
    }
    #expect(submissions > 10 && submissions < 100)
  }

  @Test func aGatewayThatWasGivenUpMayAnswerButNotFail() {
    var now = Timestamp.zero
    var session = ClientSession(client: 1, gateways: ["a:1", "b:1"], plan: nil, now: now)
    let (id, _) = session.submit(inputBytes: [64], deadlineMilliseconds: 10_000, now: now)
    now = now.advanced(milliseconds: ClientSession.silenceMilliseconds)
    _ = session.timer(now: now)
    #expect(session.gateway == "b:1")
    #expect(outcomes(session.receive(reply(id, .failed), from: "a:1", buffer: nil, now: now)).isEmpty)
    #expect(session.inFlight == 1)
    let effects = session.receive(
      reply(id, .complete, bytes: 40, length: 40), from: "a:1", buffer: BufferHandle(1), now: now)
    #expect(outcomes(effects).map(\.1.kind) == [.complete])
  }
}
