/// Who is there: SWIM (Das, Gupta and Motivala, 2002) with Lifeguard's local health (Dadgar, Phillips and Currey, 2018)
/// as a pure state machine. Events and `now` go in, effects come out; it has no clock, no sockets, no threads and no
/// randomness but its seed's, and it iterates no hash table. `Protocol/membership.md` states the rules in words.
///
/// Its owner calls ``step(_:at:)`` with everything received, then with `.tick` once ``nextDeadline`` is due, and does
/// the effects in order.
public struct Membership: Sendable {
  /// Whether this agent takes part.
  public enum Standing: Hashable, Sendable {
    case active
    /// It said good-bye.
    case left
    /// It may not take part under this identity or incarnation.
    case refused(Refusal)
  }

  public let settings: Settings
  /// This agent's own record.
  public internal(set) var me: Member
  public internal(set) var standing = Standing.active

  var table = MemberTable()
  var generator: SeededGenerator
  var health: LocalHealth
  var now: Timestamp

  var queue = RumorQueue()

  var probes: [Probe] = []
  var relays: [Relay] = []
  var suspicions: [Suspicion] = []
  var challenges: [Challenge] = []
  /// Who is probed next: a shuffled round of the present members, from its end backwards.
  var round: [AgentID] = []
  var sequence: UInt32
  var nextProbeAt: Timestamp
  var nextDeadProbeAt: Timestamp

  var seeds: [Seed]
  var seedCursor = 0
  var nextJoinAt: Timestamp
  var joinInterval: TimeSpan
  /// The join through which this agent got in: its answer's pages teach quietly.
  var bootstrapSequence: UInt32?
  /// Whether that answer has come; alone again, it starts over.
  var hasJoined = false

  var viewChangedAt: Timestamp
  var nextExchangeAt: Timestamp
  var exchangeInterval: TimeSpan

  var nextReportAt: Timestamp
  var effects: [Effect] = []

  /// A machine for the agent `me`, which must be `alive`. It asks `seeds` (addresses, its own among them or not) at
  /// its first tick, which is due at `now`.
  public init(
    me: Member, seeds: [String], settings: Settings = .standard, seed: UInt64, now: Timestamp
  ) throws(MembershipError) {
    try settings.check()
    self.settings = settings
    self.me = me
    self.me.state = .alive
    self.now = now
    generator = SeededGenerator(seed: seed)
    health = LocalHealth(scoreMax: settings.healthScoreMax)
    sequence = UInt32(truncatingIfNeeded: generator.next())
    var known: [Seed] = []
    for address in seeds where known.count < settings.seedsMax && address != me.address && !address.isEmpty {
      if !known.contains(where: { $0.address == address }) { known.append(Seed(address: address)) }
    }
    self.seeds = known
    joinInterval = settings.joinInterval
    exchangeInterval = settings.exchangeInterval
    nextJoinAt = now
    viewChangedAt = now
    nextExchangeAt = now
    nextReportAt = now
    nextProbeAt = now + Membership.phase(of: settings.period / settings.probesPerPeriod, &generator)
    nextDeadProbeAt = now + Membership.phase(of: settings.deadProbeInterval, &generator)
  }

  /// All that this agent knows, itself included, ordered by id.
  public var members: [Member] {
    var all: [Member] = []
    all.reserveCapacity(table.entries.count + 1)
    var placed = false
    for entry in table.entries {
      if !placed, me.id < entry.member.id {
        all.append(me)
        placed = true
      }
      all.append(entry.member)
    }
    if !placed { all.append(me) }
    return all
  }

  /// What this agent knows of `id`.
  public func member(_ id: AgentID) -> Member? {
    id == me.id ? me : table[id]?.member
  }

  /// When the member's present incarnation was last heard, if ever.
  public func lastHeard(_ id: AgentID) -> Timestamp? {
    table[id]?.lastHeard
  }

  /// Members that count as there, this agent included.
  public var presentCount: Int { table.presentCount + 1 }

  /// Sums up who is present in which incarnation, refutation and payload version: equal in equal views.
  public var digest: UInt64 { table.digest ^ me.digest }

  /// Lifeguard's health multiplier: 1 is well; probe interval and timeouts are multiplied by it.
  public var healthMultiplier: Int { health.multiplier }

  /// When the next `.tick` is due; ``Timestamp/distantFuture`` once this agent has left or was refused.
  public var nextDeadline: Timestamp {
    guard standing == .active else { return .distantFuture }
    var next = min(nextProbeAt, nextDeadProbeAt)
    if !seeds.isEmpty { next = min(next, nextJoinAt) }
    for probe in probes { next = min(next, probe.helpersAsked ? probe.failsAt : probe.helpersAt) }
    for relay in relays { next = min(next, relay.nackSent ? relay.endsAt : relay.nackAt) }
    for suspicion in suspicions { next = min(next, suspicion.endsAt) }
    for challenge in challenges { next = min(next, challenge.asked < 2 ? challenge.againAt : challenge.endsAt) }
    return next
  }

  /// Takes in one event and says what to do. A `time` before an earlier one counts as that one.
  public mutating func step(_ event: Event, at time: Timestamp) -> [Effect] {
    guard standing == .active else { return [] }
    now = max(now, time)
    noteOwnPause()
    switch event {
    case .tick: tick()
    case .received(let message, let sender): receive(message, from: sender)
    case .heard(let sender): hearFrame(from: sender)
    case .disconnected(let id): disconnected(id)
    }
    return takeEffects()
  }

  /// Changes what this agent says of itself, and spreads it at once.
  public mutating func updatePayload(_ payload: [UInt8], at time: Timestamp) throws(MembershipError) -> [Effect] {
    guard standing == .active else { throw .notActive }
    guard payload.count <= Member.payloadBytesMax else { throw .payloadTooLong(bytes: payload.count) }
    guard payload != me.payload else { return [] }
    guard me.payloadVersion < .max else { throw .payloadVersionsExhausted }
    now = max(now, time)
    me.payloadVersion += 1
    me.payload = payload
    announceMyself()
    return takeEffects()
  }

  /// Says good-bye to all that can be told at once, and falls silent.
  public mutating func leave(at time: Timestamp) -> [Effect] {
    guard standing == .active else { return [] }
    now = max(now, time)
    me.state = .left
    if let verdict = Verdict(about: me, accusers: []) {
      for id in randomMembers(settings.pushMembersMax, where: { $0.isPresent }) {
        send(.gossip([.verdict(verdict)]), to: id)
      }
    }
    standing = .left
    return takeEffects()
  }

  mutating func tick() {
    advanceProbes()
    advanceRelays()
    advanceSuspicions()
    advanceChallenges()
    if now >= nextProbeAt {
      probeNext()
      nextProbeAt = max(now, nextProbeAt) + settings.period * health.multiplier / settings.probesPerPeriod
    }
    if now >= nextDeadProbeAt {
      forgetLongAbsent()
      probeOneDead()
      nextDeadProbeAt = max(now, nextDeadProbeAt) + settings.deadProbeInterval
    }
    if !seeds.isEmpty, now >= nextJoinAt { askSeeds() }
  }

  mutating func takeEffects() -> [Effect] {
    let done = effects
    effects = []
    return done
  }

  static func phase(of span: TimeSpan, _ generator: inout SeededGenerator) -> TimeSpan {
    TimeSpan(nanoseconds: Int64(generator.below(Int(max(1, span.nanoseconds)))))
  }

  mutating func nextSequence() -> UInt32 {
    sequence &+= 1
    return sequence
  }
}
