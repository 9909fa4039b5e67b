extension Membership {
  /// A deadline that is noticed late is this agent's own pause (a stopped process, a starved board): what it did not
  /// hear meanwhile says nothing about others. Timers move on by the gap before anyone is accused.
  mutating func noteOwnPause() {
    let gap = now - nextDeadline
    guard gap > settings.pauseBound else { return }
    health.worsen()
    effects.append(.paused(gap))
    probes.removeAll()
    relays.removeAll()
    for index in suspicions.indices {
      suspicions[index].since = min(now, suspicions[index].since + gap)
      suspicions[index].endsAt += gap
    }
    challenges = challenges.map { challenge in
      Challenge(
        newcomer: challenge.newcomer, heldIncarnation: challenge.heldIncarnation,
        joinSequence: challenge.joinSequence, sequence: challenge.sequence, againAt: now,
        endsAt: now + settings.challengeTimeout)
    }
    nextProbeAt = now
    nextDeadProbeAt = max(now, nextDeadProbeAt)
    nextJoinAt = max(now, nextJoinAt)
  }
}
