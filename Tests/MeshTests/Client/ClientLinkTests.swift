import Membership
import Testing

@testable import Mesh

/// A gateway's way back to one client: one reply at a time, repeated until acknowledged.
@Suite struct ClientLinkTests {
  static let first: UInt64 = 3 << 32 | 1

  private func link() -> ClientLink {
    ClientLink(client: 7, route: ClientRoute(1), incarnation: 3, now: Fixtures.time(0))
  }

  private func step(_ link: inout ClientLink, at time: Int, _ body: (inout ClientLink, inout Outbox) -> Void)
    -> [Mesh.Effect]
  {
    var out = Outbox(now: Fixtures.time(time), me: Fixtures.agent(0), incarnation: 3)
    body(&link, &out)
    return out.effects
  }

  private func enqueue(
    _ link: inout ClientLink, _ number: UInt64, outputBytes: [Int] = [], buffer: UInt64? = nil, deadline: Int = 1_000,
    at time: Int
  ) -> [Mesh.Effect] {
    step(&link, at: time) { link, out in
      link.enqueue(
        Outcome(kind: buffer == nil ? .failed : .complete), for: RequestID(client: 7, number: number),
        outputs: buffer.map { BufferHandle($0) }, outputBytes: outputBytes, deadline: Fixtures.time(deadline), &out)
    }
  }

  @Test func repeatsAreSpacedOutUntilAcknowledged() throws {
    var link = link()
    var sent = enqueue(&link, 1, at: 0)
    var times: [Int] = []
    for _ in 0..<7 {
      #expect(sent.outcomes.map(\.sequence) == [Self.first])
      let due = try #require(link.nextDeadline)
      times.append(due.milliseconds(since: .zero))
      #expect(step(&link, at: times[times.count - 1] - 1) { $0.expire(&$1) }.isEmpty)
      sent = step(&link, at: times[times.count - 1]) { $0.expire(&$1) }
    }
    #expect(times == [100, 300, 700, 1_500, 2_300, 3_100, 3_900])
    #expect(step(&link, at: 4_000) { $0.acknowledged(Self.first, &$1) }.isEmpty)
    #expect(link.nextDeadline == nil)
    #expect(link.waiting == 0)
  }

  @Test func theNextWaitsForTheAcknowledgement() {
    var link = link()
    #expect(enqueue(&link, 1, at: 0).outcomes.map(\.request.number) == [1])
    #expect(enqueue(&link, 2, at: 1).isEmpty)
    #expect(link.holds(RequestID(client: 7, number: 2)))
    for wrong in [UInt64(0), 1, Self.first - 1, Self.first + 1, Self.first + 1 << 32] {
      #expect(step(&link, at: 2) { $0.acknowledged(wrong, &$1) }.isEmpty)
    }
    let next = step(&link, at: 3) { $0.acknowledged(Self.first, &$1) }
    #expect(next.outcomes.map(\.request.number) == [2])
    #expect(next.outcomes.map(\.sequence) == [Self.first + 1])
    // The same acknowledgement again is of what is done.
    #expect(step(&link, at: 4) { $0.acknowledged(Self.first, &$1) }.isEmpty)
    #expect(link.waiting == 1)
  }

  @Test func outputsGoChunkByChunkAndAreLetGoAfterTheLast() {
    var link = link()
    let chunk = Limits.chunkBytes
    var parts = enqueue(&link, 1, outputBytes: [chunk, chunk + 8], buffer: 5, at: 0).outcomes
    var effects: [Mesh.Effect] = []
    for number in 0..<3 {
      #expect(effects.released.isEmpty)
      effects = step(&link, at: number) { $0.acknowledged(Self.first + UInt64(number), &$1) }
      parts += effects.outcomes
    }
    #expect(parts.map(\.offset) == [0, chunk, 2 * chunk])
    #expect(parts.map(\.length) == [chunk, chunk, 8])
    #expect(effects.released == [BufferHandle(5)])
  }

  @Test func anOutcomeIsGivenUpTenSecondsAfterItsDeadline() throws {
    var link = link()
    var effects = enqueue(&link, 1, outputBytes: [8], buffer: 5, deadline: 1_000, at: 0)
    effects += enqueue(&link, 2, outputBytes: [8], buffer: 6, deadline: 60_000, at: 0)
    var now = 0
    while effects.released.isEmpty, now < 20_000 {
      now = try #require(link.nextDeadline).milliseconds(since: .zero)
      effects = step(&link, at: now) { $0.expire(&$1) }
    }
    #expect((11_000...11_800).contains(now))
    #expect(effects.released == [BufferHandle(5)])
    #expect(effects.outcomes.map(\.request.number) == [2])
  }

  @Test func aClientIsForgottenOnlyWhenIdleAndOwedNothing() {
    var link = link()
    #expect(!link.isForgettable(now: Fixtures.time(ClientLink.restMilliseconds)))
    #expect(link.isForgettable(now: Fixtures.time(ClientLink.restMilliseconds + 1)))
    _ = enqueue(&link, 1, at: 0)
    #expect(!link.isForgettable(now: Fixtures.time(60_001)))
  }

  @Test func repliesFollowTheClientsNewestRoute() throws {
    var link = link()
    _ = enqueue(&link, 1, at: 0)
    link.heard(route: ClientRoute(2), now: Fixtures.time(50))
    let effects = step(&link, at: 100) { $0.expire(&$1) }
    guard case .reply(_, _, let route) = try #require(effects.first) else {
      Issue.record("nothing was repeated")
      return
    }
    #expect(route == ClientRoute(2))
  }
}
