/// RobustDiCE: rows of similar importance form a group, each group is dealt round-robin, and its first rows are
/// replicated until all seats hold equally many of it (Guo, Niknam, Pimentel, "RobustDiCE", Algorithm 1).
///
/// The threshold of a stage is the one whose share of replicas is closest to the wanted one among those that bisection
/// between 0 and the scores' whole spread looks at until one is off by less than a row (where two are as close, the one
/// with fewer replicas); a wanted share of 0 deals without replicas.
public struct RobustStrategy: PlanningStrategy {
  public static let name = "robust"
  public static let summary = "similar rows dealt round-robin and partly replicated (RobustDiCE, Algorithm 1)"

  /// Halvings of the threshold: enough to tell apart doubles that differ in the sixth digit of the spread.
  private static let bisections = 40

  public init() {}

  public func place(_ stage: ScoredStage, request: PlanRequest) -> StagePlacement {
    let seats = request.seats
    let spread = (stage.scores.max() ?? 0) - (stage.scores.min() ?? 0)
    // Strictly more than any distance: one group.
    var high = spread * 2 + 1
    var low = 0.0
    if request.replicateShare == 0 {
      return Self.place(stage.scores, threshold: high, seats: seats, replicating: false)
    }
    var best: (placement: StagePlacement, distance: Double, share: Double)?
    func look(at threshold: Double) -> Double {
      let placement = Self.place(stage.scores, threshold: threshold, seats: seats)
      let share = placement.replicatedShare
      let distance = abs(share - request.replicateShare)
      if best.map({ (distance, share) < ($0.distance, $0.share) }) ?? true { best = (placement, distance, share) }
      return share
    }
    _ = look(at: high)
    if look(at: low) > request.replicateShare {
      high = spread
      for _ in 0..<Self.bisections where (best?.distance ?? 0) * Double(stage.rowCount) >= 1 {
        let middle = low + (high - low) / 2
        // More replicas at smaller thresholds, by and large.
        if look(at: middle) > request.replicateShare { low = middle } else { high = middle }
      }
    }
    return best?.placement ?? Self.place(stage.scores, threshold: 0, seats: seats)
  }

  /// Algorithm 1 for one layer.
  public static func place(
    _ scores: [Double], threshold: Double, seats: Int, replicating: Bool = true
  ) -> StagePlacement {
    var holders = [[Int]](repeating: [], count: scores.count)
    for group in groups(of: scores, threshold: threshold) {
      let missing = replicating ? (seats - group.count % seats) % seats : 0
      let dealt = group + (0..<missing).map { group[$0 % group.count] }
      // The paper counts positions and seats from one: position j goes to seat (j mod n) + 1.
      for (index, row) in dealt.enumerated() { holders[row].append((index + 1) % seats) }
    }
    return StagePlacement(holders: holders, seats: seats)
  }

  /// Step 2: one greedy pass in row order. A group takes in each later row whose largest distance to its members is
  /// strictly less than the threshold. With one score that distance is to the group's least or greatest member.
  static func groups(of scores: [Double], threshold: Double) -> [[Int]] {
    var groups: [[Int]] = []
    var open = Array(scores.indices)
    while let first = open.first {
      var group = [first]
      var (least, greatest) = (scores[first], scores[first])
      var left: [Int] = []
      for row in open.dropFirst() {
        let score = scores[row]
        if max(abs(score - least), abs(score - greatest)) < threshold {
          group.append(row)
          least = min(least, score)
          greatest = max(greatest, score)
        } else {
          left.append(row)
        }
      }
      groups.append(group)
      open = left
    }
    return groups
  }
}
