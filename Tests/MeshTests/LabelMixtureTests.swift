import Membership
import Plans
import Testing

@testable import Mesh

/// Rows of an owner and of its replica holder that arrive interleaved: what stands there at the end is a mixture, and the
/// label must say what any of it owes to fills.
@Suite struct LabelMixtureTests {
  private let now = Timestamp.zero.advanced(milliseconds: 10)

  /// Seat 0 of three, whose own slice is done; rows are two chunks each. Seat 2 replicates the row of seat 1.
  private func gathering(_ out: inout Outbox) throws -> (SeatAttempt, Peers) {
    let facts = try LoneBoard.plan(seats: 3, width: 2 * Limits.chunkBytes / 4).facts
    var peers = Peers(bounds: Patience.Bounds())
    let roster = Roster(entries: (0..<3).map { .init(agent: LoneBoard.agent($0), incarnation: 1) })
    let open = OpenAttempt(
      attempt: AttemptID(
        request: RequestID(client: 1, number: 1), gateway: LoneBoard.me, gatewayIncarnation: 1, counter: 1),
      plan: facts.digest, remainingMilliseconds: 10_000, gatewaySeat: 0, roster: roster)
    var attempt = SeatAttempt(open, facts: facts, seat: 0, peers: peers, now: out.now)
    for (offset, length) in Transfer.chunks(of: 64) { _ = attempt.receiveInput(0, offset: offset, length: length) }
    attempt.advance(&peers, &out)
    attempt.computed(WorkUnit(stage: 0, owner: 0), buffer: BufferHandle(1), microseconds: 1, &peers, &out)
    #expect(attempt.stages[0].phase == .gathering)
    return (attempt, peers)
  }

  private func chunk(_ attempt: SeatAttempt, owner: Int, part: Int, filled: Bool = false) -> Chunk {
    let entries = filled ? [Provenance.Entry(stage: 0, seat: 0, fill: .zero, rows: 1)] : []
    return Chunk(
      attempt: attempt.id, content: .slice(stage: 0, owner: owner), totalBytes: 2 * Limits.chunkBytes,
      offset: part * Limits.chunkBytes, length: Limits.chunkBytes, provenance: Provenance(entries))
  }

  @Test(arguments: [true, false])
  func replicaRowsOverOwnRowsTaintTheLabel(ownRowsBeginFirst: Bool) throws {
    var out = Outbox(now: now, me: LoneBoard.me, incarnation: 1)
    var (attempt, peers) = try gathering(&out)
    // Half of the patience is over: the replica holder is asked.
    var later = Outbox(now: now.advanced(milliseconds: 600), me: LoneBoard.me, incarnation: 1)
    attempt.expire(&peers, &later)
    func receive(_ part: Int, from holder: Int) {
      let buffer = BufferHandle(UInt64(10 + 2 * holder + part))
      #expect(
        attempt.receive(
          chunk(attempt, owner: 1, part: part, filled: holder == 2), stage: 0, owner: 1, from: holder, buffer: buffer,
          &peers, &later))
    }
    if ownRowsBeginFirst {
      receive(0, from: 1)
      receive(0, from: 2)
    } else {
      receive(0, from: 2)
      receive(0, from: 1)
    }
    receive(1, from: 1)
    for part in 0...1 {
      _ = attempt.receive(
        chunk(attempt, owner: 2, part: part), stage: 0, owner: 2, from: 2, buffer: BufferHandle(UInt64(20 + part)),
        &peers, &later)
    }
    #expect(attempt.stages[0].phase == .settled)
    // Own rows that came last replaced what was there; those that came first were replaced.
    #expect(attempt.stages[0].provenance.isExact == !ownRowsBeginFirst)
  }
}
