import Membership
import Plans
import Testing

@testable import Mesh

@Suite struct PlanFactsTests {
  @Test func stagesKnowTheirRowsAndConsumers() {
    let facts = Fixtures.facts
    #expect(facts.seatCount == 3)
    #expect(facts.totalRows == 10)
    #expect(facts.inputBytes == [Fixtures.inputBytes])
    #expect(facts.outputBytes == [40])
    #expect(facts.stages[0].networkInputs == [0] && facts.stages[0].stageInputs.isEmpty)
    #expect(facts.stages[1].networkInputs.isEmpty && facts.stages[1].stageInputs == [0])
    #expect(facts.stages[0].isNeededByStages && !facts.stages[0].isNeededByTail)
    #expect(!facts.stages[1].isNeededByStages && facts.stages[1].isNeededByTail)
    #expect(facts.stages.map(\.lastConsumer) == [1, 1])
    #expect(facts.stages[0].ownRows == [[0, 3], [1, 4], [2, 5]])
    #expect(facts.sliceBytes(stage: 0, rows: 2) == 2 * 16 * 4)
    #expect(facts.rows(stage: 0, owner: 1, holder: 1) == [1, 4])
    #expect(facts.rows(stage: 0, owner: 1, holder: 2) == [4])
    #expect(facts.rows(stage: 0, owner: 2, holder: 0) == [])
  }

  struct Case: Sendable, CustomStringConvertible {
    var owner: Int
    var available: [Int]
    var holders: [Int]
    var uncovered: [Int]
    var description: String { "owner \(owner), available \(available)" }
  }

  static let cases: [Case] = [
    // From the next seat round: seat 2 holds row 4 of owner 1, then seat 0 holds row 1.
    Case(owner: 1, available: [0, 2], holders: [2, 0], uncovered: []),
    Case(owner: 1, available: [0], holders: [0], uncovered: [4]),
    Case(owner: 1, available: [2], holders: [2], uncovered: [1]),
    Case(owner: 1, available: [], holders: [], uncovered: [1, 4]),
    Case(owner: 0, available: [1, 2], holders: [2], uncovered: [3]),
    Case(owner: 2, available: [0, 1], holders: [], uncovered: [2, 5]),
  ]

  @Test(arguments: cases)
  func coverOfALostOwner(example: Case) {
    let holders = Fixtures.facts.cover(stage: 0, owner: example.owner, available: SeatMask(example.available))
    #expect(holders == example.holders)
    #expect(Fixtures.facts.uncovered(stage: 0, owner: example.owner, by: holders) == example.uncovered)
  }

  /// Whoever works it out, in whatever order it learnt who is there: the same holders, none of them in vain, and together
  /// with what stays uncovered exactly the owner's rows.
  @Test(arguments: 1...200)
  func coverIsMinimalInOrderAndDeterministic(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var scenario = Scenario.drawn(seed: UInt64(seed))
    scenario.replicaShare = 1
    let plan = scenario.plan(&random)
    let facts = PlanFacts(plan, digest: Fixtures.digest)
    let again = PlanFacts(plan, digest: Fixtures.digest)
    for stage in facts.stages.indices {
      for owner in 0..<facts.seatCount {
        var seats = (0..<facts.seatCount).filter { $0 != owner && random.below(3) > 0 }
        let holders = facts.cover(stage: stage, owner: owner, available: SeatMask(seats))
        random.shuffle(&seats)
        #expect(again.cover(stage: stage, owner: owner, available: SeatMask(seats)) == holders, "seed \(seed)")
        var covered: Set<Int> = []
        for holder in holders {
          #expect(seats.contains(holder), "seed \(seed)")
          let rows = facts.rows(stage: stage, owner: owner, holder: holder)
          #expect(!covered.isSuperset(of: rows), "seed \(seed): seat \(holder) adds nothing")
          covered.formUnion(rows)
        }
        let uncovered = facts.uncovered(stage: stage, owner: owner, by: holders)
        #expect(covered.union(uncovered) == Set(facts.stages[stage].ownRows[owner]), "seed \(seed)")
        #expect(covered.isDisjoint(with: uncovered), "seed \(seed)")
        let reachable = seats.flatMap { facts.rows(stage: stage, owner: owner, holder: $0) }
        #expect(covered == Set(reachable), "seed \(seed)")
      }
    }
  }

  @Test func digestsReadTheirOwnText() {
    let digest = Vector.plan
    #expect(PlanDigest(hexadecimal: digest.description) == digest)
    #expect(PlanDigest(hexadecimal: digest.description.uppercased()) == digest)
    for text in ["", "00", String(repeating: "g", count: 64), String(repeating: "0", count: 63) + "é"] {
      #expect(PlanDigest(hexadecimal: text) == nil)
    }
    #expect(PlanDigest(bytes: [UInt8](repeating: 0, count: 31)) == nil)
  }
}
