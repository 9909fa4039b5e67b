import Membership
import Mesh
import Plans
import Testing

@testable import Runtime

@Suite struct WorkQueueTests {
  static func attempt(_ number: UInt64) -> AttemptID {
    AttemptID(
      request: RequestID(client: 1, number: number), gateway: AgentID(high: 0, low: 1), gatewayIncarnation: 1,
      counter: 1)
  }

  /// What the worker is given, by attempt and kind, until nothing may go.
  static func drain(_ queue: inout WorkQueue) -> [String] {
    var given: [String] = []
    while let request = queue.next {
      switch request {
      case .compute(let attempt, let unit, _): given.append("\(attempt.request.number):compute \(unit.stage)")
      case .fill(let attempt, let stage, _, _): given.append("\(attempt.request.number):fill \(stage)")
      default: given.append("other")
      }
      queue.take()
    }
    return given
  }

  static func compute(_ number: UInt64, _ stage: Int) -> Worker.Request {
    .compute(attempt(number), WorkUnit(stage: stage, owner: 0), placing: true)
  }

  @Test func earliestDeadlineGoesFirstAndPlacingGoesOn() {
    var queue = WorkQueue()
    queue.open(Self.attempt(1), deadline: Timestamp(nanoseconds: 900))
    queue.open(Self.attempt(2), deadline: Timestamp(nanoseconds: 100))
    for stage in 0..<2 { queue.add(Self.compute(1, stage), for: Self.attempt(1)) }
    for stage in 0..<2 { queue.add(Self.compute(2, stage), for: Self.attempt(2)) }
    #expect(Self.drain(&queue) == ["2:compute 0", "2:compute 1"])
    queue.open(Self.attempt(3), deadline: Timestamp(nanoseconds: 950))
    queue.add(.fill(Self.attempt(3), stage: 7, rows: [0], .zero), for: Self.attempt(3))
    #expect(Self.drain(&queue) == ["3:fill 7"], "what takes no time does not wait for a compute")
    queue.finishedCompute()
    #expect(Self.drain(&queue) == ["1:compute 0"])
    queue.finishedCompute()
    queue.finishedCompute()
    #expect(Self.drain(&queue) == ["1:compute 1"])
    #expect(queue.isEmpty)
  }

  @Test func closedAttemptsWorkIsDropped() {
    var queue = WorkQueue()
    queue.open(Self.attempt(1), deadline: Timestamp(nanoseconds: 1))
    queue.open(Self.attempt(2), deadline: Timestamp(nanoseconds: 2))
    queue.add(Self.compute(1, 0), for: Self.attempt(1))
    queue.add(Self.compute(2, 0), for: Self.attempt(2))
    queue.close(Self.attempt(1))
    queue.add(Self.compute(1, 1), for: Self.attempt(1))
    #expect(Self.drain(&queue) == ["2:compute 0"])
  }

  /// However long an attempt is, its work comes out in order.
  @Test func oneAttemptsWorkKeepsItsOrder() {
    var queue = WorkQueue()
    queue.open(Self.attempt(1), deadline: Timestamp(nanoseconds: 1))
    var given: [String] = []
    for stage in 0..<300 {
      queue.add(.fill(Self.attempt(1), stage: stage, rows: [], .zero), for: Self.attempt(1))
      if stage % 7 == 0 { given += Self.drain(&queue) }
    }
    given += Self.drain(&queue)
    #expect(given == (0..<300).map { "1:fill \($0)" })
  }
}
