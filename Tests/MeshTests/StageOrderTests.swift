import Membership
import Plans
import Tensors
import Testing

@testable import Mesh

/// Plans that are no chain: branches, and seats that the raw input does not reach.
@Suite struct StageOrderTests {
  private let now = Timestamp.zero.advanced(milliseconds: 10)

  private func stage(_ name: String, from input: String, owners: [Int]) -> Stage {
    Stage(
      name: name, output: PlanValue(name: name, shape: [1, owners.count, 1, 4]), rowAxis: 1, inputs: [input],
      owners: owners, replicas: [[], []])
  }

  private func attempt(_ stages: [Stage], inputSeats: [Bool], seat: Int, gateway: Int) throws -> SeatAttempt {
    let seats = inputSeats.map { mayReceiveInput in
      var seat = Seat(memoryBytes: 1 << 20)
      seat.mayReceiveInput = mayReceiveInput
      return seat
    }
    let plan = Plan(
      network: NetworkReference(name: "branches", digest: String(repeating: "0", count: 64)),
      inputs: [PlanValue(name: "input", shape: [1, 16])], outputs: [PlanValue(name: "output", shape: [1, 10])],
      seats: seats, strategy: Strategy(name: "branches"), stages: stages, tailInputs: stages.suffix(1).map(\.name),
      fills: [.replica, .zero])
    let facts = PlanFacts(plan, digest: try #require(PlanDigest(bytes: [UInt8](repeating: 3, count: 32))))
    let open = OpenAttempt(
      attempt: AttemptID(
        request: RequestID(client: 1, number: 1), gateway: LoneBoard.agent(gateway), gatewayIncarnation: 1, counter: 1),
      plan: facts.digest, remainingMilliseconds: 10_000, gatewaySeat: gateway,
      roster: Roster(entries: (0..<2).map { .init(agent: LoneBoard.agent($0), incarnation: 1) }))
    return SeatAttempt(open, facts: facts, seat: seat, peers: Peers(bounds: Patience.Bounds()), now: now)
  }

  private func slice(_ attempt: inout SeatAttempt, _ stage: Int, _ peers: inout Peers, _ out: inout Outbox) {
    let total = attempt.facts.sliceBytes(stage: stage, rows: attempt.facts.stages[stage].ownRows[1].count)
    let chunk = Chunk(
      attempt: attempt.id, content: .slice(stage: stage, owner: 1), totalBytes: total, offset: 0, length: total)
    #expect(
      attempt.receive(
        chunk, stage: stage, owner: 1, from: 1, buffer: BufferHandle(UInt64(stage + 1)), &peers, &out))
  }

  private func computed(_ effects: [Mesh.Effect]) -> [Int] {
    effects.compactMap { if case .compute(_, let unit, _) = $0 { unit.stage } else { nil } }
  }

  /// The second branch is ahead of the first; a seat that computed it would drop what the first is made from.
  @Test func branchesStartInOrder() throws {
    var peers = Peers(bounds: Patience.Bounds())
    var out = Outbox(now: now, me: LoneBoard.me, incarnation: 1)
    let stages = [
      stage("a1", from: "input", owners: [0, 1]), stage("a2", from: "a1", owners: [0, 1]),
      stage("a3", from: "a2", owners: [0, 1]), stage("b1", from: "input", owners: [0, 1]),
      stage("b2", from: "b1", owners: [0, 1]),
    ]
    var attempt = try attempt(stages, inputSeats: [true, true], seat: 0, gateway: 0)
    #expect(attempt.receiveInput(0, offset: 0, length: 64) == .new)
    attempt.advance(&peers, &out)
    for stage in [3, 4] { slice(&attempt, stage, &peers, &out) }
    for stage in 0..<stages.count {
      if stage < 3 { slice(&attempt, stage, &peers, &out) }
      attempt.computed(
        WorkUnit(stage: stage, owner: 0), buffer: BufferHandle(100), microseconds: 1, &peers, &out)
    }
    #expect(computed(out.effects) == [0, 1, 2, 3, 4])
    #expect(attempt.isReadyForTail)
  }

  @Test func aSeatWithoutTheRawInputGathersWhatOthersMakeOfIt() throws {
    var peers = Peers(bounds: Patience.Bounds())
    var out = Outbox(now: now, me: LoneBoard.me, incarnation: 1)
    let stages = [stage("first", from: "input", owners: [1, 1]), stage("second", from: "first", owners: [0, 1])]
    var attempt = try attempt(stages, inputSeats: [false, true], seat: 0, gateway: 1)
    attempt.advance(&peers, &out)
    #expect(computed(out.effects).isEmpty)
    slice(&attempt, 0, &peers, &out)
    #expect(computed(out.effects) == [1])
  }
}
