import Networks
import Testing

@testable import Planning

/// Algorithm 1 of the RobustDiCE paper, as printed.
struct RobustStrategyTests {
  private func scores(_ count: Int, seed: UInt64) -> [Double] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { _ in Double.random(in: 0...1, using: &random) }
  }

  /// Rows that a seat holds, owned or replicated.
  private func held(_ placement: StagePlacement, by seat: Int) -> [Int] {
    placement.owners.indices.filter { placement.owners[$0] == seat } + placement.replicas[seat]
  }

  @Test(arguments: [2, 3, 4, 7], [0, 0.001, 0.02, 0.1, 0.5, 3])
  func everySeatHoldsEquallyManyAndNoRowTwice(seats: Int, threshold: Double) {
    for count in [1, 2, 3, 5, 16, 61, 128] {
      let seed = UInt64(count)
      let placement = RobustStrategy.place(scores(count, seed: seed), threshold: threshold, seats: seats)
      let hands = (0..<seats).map { held(placement, by: $0) }
      for (seat, hand) in hands.enumerated() {
        #expect(Set(hand).count == hand.count, "seat \(seat), seed \(seed)")
        #expect(placement.replicas[seat] == placement.replicas[seat].sorted(), "seed \(seed)")
      }
      #expect(Set(hands.map(\.count)).count == 1, "seed \(seed)")
      #expect(Set(hands.joined()) == Set(0..<count), "seed \(seed)")
    }
  }

  @Test(arguments: [2, 3, 5])
  func thresholdZeroReplicatesEverythingEvenIdenticalRows(seats: Int) {
    for scores in [scores(24, seed: 3), [Double](repeating: 1, count: 24)] {
      let placement = RobustStrategy.place(scores, threshold: 0, seats: seats)
      for seat in 0..<seats { #expect(Set(held(placement, by: seat)) == Set(0..<24)) }
      // Ownership is spread all the same.
      let owned = (0..<seats).map { seat in placement.owners.count { $0 == seat } }
      #expect((owned.max() ?? 0) - (owned.min() ?? 0) <= 1)
    }
  }

  @Test(arguments: [2, 3, 4, 7])
  func largeThresholdLeavesFewReplicas(seats: Int) {
    for count in [3, 8, 33, 100] {
      let placement = RobustStrategy.place(scores(count, seed: 5), threshold: 1e9, seats: seats)
      let replicas = placement.replicas.reduce(0) { $0 + $1.count }
      #expect(replicas == (seats - count % seats) % seats)
      #expect(replicas <= seats - 1)
    }
  }

  /// Five neurons of two kinds on three nodes, as the paper's figure 1 draws it: {n1, n3, n4} make one group, one on
  /// each node; {n2, n5} another, of which n2 is replicated.
  @Test func fiveNeuronsOnThreeNodes() {
    let scores = [0.9, 0.3, 0.85, 0.95, 0.35]
    #expect(RobustStrategy.groups(of: scores, threshold: 0.2) == [[0, 2, 3], [1, 4]])
    let placement = RobustStrategy.place(scores, threshold: 0.2, seats: 3)
    // Position j goes to seat (j mod 3) + 1, counted from one.
    #expect(placement.owners[0] == 1 && placement.owners[2] == 2 && placement.owners[3] == 0)
    #expect(placement.owners[4] == 2)
    let holdersOfN2 = (0..<3).filter { held(placement, by: $0).contains(1) }
    #expect(holdersOfN2 == [0, 1])
    #expect(placement.replicas.reduce(0) { $0 + $1.count } == 1)
  }

  /// The pass is greedy and in row order: a group takes what fits all of its members so far.
  @Test func groupingIsGreedyInRowOrder() {
    #expect(RobustStrategy.groups(of: [0, 2, 1, 3], threshold: 2.5) == [[0, 1, 2], [3]])
    #expect(RobustStrategy.groups(of: [0, 3, 1, 2], threshold: 2.5) == [[0, 2, 3], [1]])
    // Strictly less.
    #expect(RobustStrategy.groups(of: [0, 2], threshold: 2) == [[0], [1]])
    #expect(RobustStrategy.groups(of: [1, 1], threshold: 0) == [[0], [1]])
  }

  /// Against the algorithm written down word for word, pairs and all.
  @Test(arguments: UInt64(1)...20)
  func groupsAreThoseOfTheDefinition(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let scores = (0..<40).map { _ in Double(Int.random(in: 0...30, using: &random)) }
    let threshold = Double(Int.random(in: 0...12, using: &random))
    var groups = scores.indices.map { [$0] }
    var z = 0
    while z < groups.count {
      var q = z + 1
      while q < groups.count {
        var largest = 0.0
        for a in groups[z] { for b in groups[q] { largest = max(largest, abs(scores[a] - scores[b])) } }
        if largest < threshold {
          groups[z] += groups[q]
          groups.remove(at: q)
        } else {
          q += 1
        }
      }
      z += 1
    }
    #expect(RobustStrategy.groups(of: scores, threshold: threshold) == groups, "seed \(seed)")
  }

  @Test(arguments: [2, 4, 8], [0, 0.1, 0.25, 0.5, 1, 10])
  func shareIsMetAsCloselyAsGroupsAllow(seats: Int, share: Double) {
    let scores = scores(256, seed: 9)
    let request = PlanRequest(seats: seats, replicateShare: share)
    let placement = RobustStrategy().place(ScoredStage(name: "s", scores: scores), request: request)
    let wanted = min(share, Double(seats - 1))
    if share == 0 {
      #expect(placement.replicatedShare == 0)
    } else {
      #expect(abs(placement.replicatedShare - wanted) <= 0.1, "\(placement.replicatedShare)")
    }
  }

  @Test func wideLayersMeetTheShare() {
    let stage = ScoredStage(name: "fc", scores: scores(1000, seed: 1))
    let placement = RobustStrategy().place(stage, request: PlanRequest(seats: 4))
    #expect(abs(placement.replicatedShare - 0.25) < 0.05)
  }
}
