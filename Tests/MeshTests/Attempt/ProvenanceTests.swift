import Membership
import Plans
import Testing

@testable import Mesh

@Suite struct ProvenanceTests {
  typealias Entry = Provenance.Entry

  private func drawn(_ random: inout SeededGenerator, stages: Int = 6) -> Provenance {
    Provenance(
      (0..<random.below(20)).map { _ in
        Entry(
          stage: random.below(stages), seat: random.below(8), fill: random.below(2) == 0 ? .replica : .zero,
          rows: 1 + random.below(100))
      })
  }

  private func merged(_ a: Provenance, _ b: Provenance) -> Provenance {
    var result = a
    result.merge(b)
    return result
  }

  @Test(arguments: 1...200)
  func mergingIsAUnion(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let (a, b, c) = (drawn(&random), drawn(&random), drawn(&random))
    #expect(merged(a, b) == merged(b, a), "seed \(seed)")
    #expect(merged(a, merged(b, c)) == merged(merged(a, b), c), "seed \(seed)")
    #expect(merged(a, a) == a, "seed \(seed)")
    #expect(merged(a, Provenance()) == a, "seed \(seed)")
    #expect(merged(a, b).isExact == (a.isExact && b.isExact), "seed \(seed)")
    #expect(Set(merged(a, b).lostSeats) == Set(a.lostSeats).union(b.lostSeats), "seed \(seed)")
    let keys = merged(a, b).entries.map(\.key)
    #expect(keys == keys.sorted() && Set(keys).count == keys.count, "seed \(seed)")
  }

  /// The seat that missed most decides: counts of the same gap are not added up.
  @Test func theLargerCountStands() {
    let a = Provenance([Entry(stage: 2, seat: 1, fill: .zero, rows: 3)])
    let b = Provenance([Entry(stage: 2, seat: 1, fill: .zero, rows: 5), Entry(stage: 3, seat: 1, fill: .zero, rows: 2)])
    #expect(merged(a, b).rows(filledBy: .zero) == 7)
    #expect(merged(b, a) == b)
  }

  @Test func replicasAreExact() {
    let replicas = Provenance([Entry(stage: 0, seat: 3, fill: .replica, rows: 9)])
    #expect(replicas.isExact)
    #expect(replicas.lostSeats.isEmpty)
    #expect(replicas.rows(filledBy: .replica) == 9)
    let both = merged(replicas, Provenance([Entry(stage: 1, seat: 3, fill: .zero, rows: 1)]))
    #expect(!both.isExact)
    #expect(both.lostSeats == [3])
  }

  /// Over the bound a label is summed up a seat and fill: nothing that was lost is forgotten.
  @Test func longLabelsAreSummedUp() {
    var provenance = Provenance()
    for index in 0...Limits.provenanceEntries {
      provenance.insert(Entry(stage: index, seat: index % 3, fill: index % 2 == 0 ? .zero : .replica, rows: 1))
    }
    #expect(provenance.entries.count == 6)
    #expect(provenance.entries.allSatisfy { $0.stage == Entry.severalStages })
    #expect(provenance.rows(filledBy: .zero) + provenance.rows(filledBy: .replica) == Limits.provenanceEntries + 1)
    #expect(provenance.lostSeats == [0, 1, 2])
    #expect(!provenance.isExact)
  }

  @Test(arguments: 1...20)
  func labelsStayBounded(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var provenance = Provenance()
    var lost: Set<Int> = []
    for _ in 0..<3_000 {
      let entry = Entry(
        stage: random.below(2_000), seat: random.below(64), fill: random.below(2) == 0 ? .replica : .zero, rows: 1)
      if entry.fill == .zero { lost.insert(entry.seat) }
      provenance.insert(entry)
      guard provenance.entries.count <= Limits.provenanceEntries else {
        Issue.record("seed \(seed): \(provenance.entries.count) entries")
        return
      }
    }
    #expect(Set(provenance.lostSeats) == lost, "seed \(seed)")
  }

  @Test func seatsOutsideAMaskChangeNothing() {
    var mask = SeatMask([0, 63, 64, -1])
    #expect(mask.seats == [0, 63])
    mask.remove(64)
    mask.remove(-1)
    mask.remove(63)
    #expect(mask.seats == [0])
    #expect(!mask.contains(64) && !mask.contains(-1))
  }
}
