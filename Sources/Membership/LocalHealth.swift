/// Lifeguard's local health: how far an agent should distrust itself before it accuses others.
///
/// The score rises when the agent's own probes fail without its helpers' nacks, when it has to refute a suspicion, and
/// when it stood still; it falls with each probe that succeeds. Probe interval and timeouts are multiplied by
/// ``multiplier``, so that a slow agent accuses late.
struct LocalHealth: Hashable, Sendable {
  private(set) var score = 0
  let scoreMax: Int

  init(scoreMax: Int) {
    self.scoreMax = scoreMax
  }

  var multiplier: Int { score + 1 }

  mutating func worsen(by count: Int = 1) {
    score = min(scoreMax, score + max(0, count))
  }

  mutating func improve() {
    score = max(0, score - 1)
  }
}
