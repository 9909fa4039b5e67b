/// Every limit and time of membership, each with the formula that it enters. ``standard`` is for a LAN of boards.
public struct Settings: Hashable, Sendable {
  // Probing.

  /// The protocol period T.
  public var period = TimeSpan.milliseconds(100)
  /// Members probed a period: one each T / probesPerPeriod x health.
  public var probesPerPeriod = 3
  /// A direct answer must come within directTimeout x health; then helpers are asked.
  public var directTimeout = TimeSpan.milliseconds(50)
  /// An indirect answer must come within a further indirectTimeout x health; then the member is suspect.
  public var indirectTimeout = TimeSpan.milliseconds(50)
  /// How many helpers are asked.
  public var helpers = 3
  /// A helper says nack after this part of the indirect timeout, in percent (Lifeguard: 80).
  public var nackPercent = 80
  /// Health is 1 + score, and the score is within 0...healthScoreMax.
  public var healthScoreMax = 8
  /// Others' probes that a helper has under way at most; more are not taken.
  public var relaysMax = 64

  // Suspicion: see ``suspicionTimeout(confirmations:members:)``.

  /// Shortest suspicion = suspicionMultiplier x max(1, log10 n) x T.
  public var suspicionMultiplier = 4
  /// Longest suspicion = suspicionStretch x shortest.
  public var suspicionStretch = 3
  /// Confirmations that bring a suspicion from its longest to its shortest.
  public var confirmations = 3
  /// How often a suspicion that runs out is begun again because the suspect was heard meanwhile.
  public var suspicionExtensions = 3
  /// Who was heard within this time is not believed dead on hearsay, only suspect.
  public var signOfLife = TimeSpan.milliseconds(300)
  /// A member that is thought dead or suspect and is heard is told so, at most this often.
  public var tellInterval = TimeSpan.milliseconds(100)

  // Gossip.

  /// A rumor rides on retransmitMultiplier x ceil(log2(n + 1)) messages of each agent.
  public var retransmitMultiplier = 3
  /// Rumors in one message.
  public var gossipEntriesMax = 16
  /// Bytes of all rumors in one message.
  public var gossipBytesMax = 1_000
  /// Up to so many members, own news goes to all of them at once; beyond, to `pushFanOut`.
  public var pushMembersMax = 16
  public var pushFanOut = 3

  /// The first so many pings and answers to a member carry this agent's own record: it may not know us yet.
  public var introductions = 3

  // Views.

  /// Two views must differ while one's own has been unchanged for so long before they are exchanged.
  public var exchangeSettle = TimeSpan.milliseconds(300)
  /// Between two exchanges lies this, doubled after each that taught nothing, up to exchangeIntervalMax.
  public var exchangeInterval = TimeSpan.seconds(1)
  public var exchangeIntervalMax = TimeSpan.seconds(30)
  /// Bytes of the members in one page of a view.
  public var viewPageBytes = 16 * 1_024

  // Members.

  /// Present members, oneself included. The cap is nanomsg's: 512 sockets a process.
  public var membersMax = 200
  /// Absent members (dead or left) that are remembered; beyond, the oldest is forgotten.
  public var absentMax = 200
  /// Dead and left members are remembered so long (and passed on in views for half of it).
  public var absentKept = TimeSpan.seconds(600)
  /// One random dead member is probed this often, so that healed partitions merge.
  public var deadProbeInterval = TimeSpan.seconds(1)

  // Joining.

  /// While alone, seeds are asked after this, doubled each time up to joinIntervalMax.
  public var joinInterval = TimeSpan.milliseconds(100)
  public var joinIntervalMax = TimeSpan.seconds(2)
  /// While not alone, seeds that are not among the members are asked this often.
  public var seedInterval = TimeSpan.seconds(5)
  /// Seeds asked at a time.
  public var seedsAtOnce = 3
  /// Seeds that are kept; more are ignored.
  public var seedsMax = 64
  /// How long the held agent may take to prove that it lives before a newcomer of the same identity is let in.
  public var challengeTimeout = TimeSpan.milliseconds(150)
  /// Newcomers that wait for such a proof at the same time; more are not answered and ask again.
  public var challengesMax = 16

  // Oneself.

  /// A timer that comes later than this is one's own pause, not others' silence.
  public var pauseBound = TimeSpan.milliseconds(50)

  public init() {}

  public static let standard = Settings()

  /// Fails with the first relation between the limits that does not hold.
  public func check() throws(MembershipError) {
    func require(_ holds: Bool, _ relation: String) throws(MembershipError) {
      guard holds else { throw .settings(relation) }
    }
    try require(period > .zero && probesPerPeriod >= 1, "period > 0 and probesPerPeriod >= 1")
    try require(directTimeout > .zero && indirectTimeout > .zero, "directTimeout > 0 and indirectTimeout > 0")
    try require(directTimeout + indirectTimeout <= period, "directTimeout + indirectTimeout <= period")
    try require((1...99).contains(nackPercent), "1 <= nackPercent <= 99")
    try require(helpers >= 0 && helpers <= 16, "0 <= helpers <= 16")
    try require((0...32).contains(healthScoreMax), "0 <= healthScoreMax <= 32")
    try require(relaysMax >= 1 && challengesMax >= 1 && seedsMax >= 0, "relaysMax >= 1, challengesMax >= 1")
    try require(suspicionMultiplier >= 2, "suspicionMultiplier >= 2 (a suspect needs time to refute)")
    try require(suspicionStretch >= 1, "suspicionStretch >= 1")
    try require((0..<Verdict.accusersMax).contains(confirmations), "0 <= confirmations < \(Verdict.accusersMax)")
    try require(suspicionExtensions >= 0, "suspicionExtensions >= 0")
    try require(signOfLife < period * suspicionMultiplier, "signOfLife < suspicionMultiplier x period")
    try require(retransmitMultiplier >= 1 && gossipEntriesMax >= 2, "retransmitMultiplier >= 1, gossipEntriesMax >= 2")
    let fullest = 2 + Member.bytesBoundMax + 32 + 16 * Verdict.accusersMax
    try require(gossipBytesMax >= fullest, "gossipBytesMax >= \(fullest) (one record and one verdict)")
    try require(gossipBytesMax + 40 <= Message.bytesMax, "gossipBytesMax + 40 <= \(Message.bytesMax)")
    try require(viewPageBytes >= Member.bytesBoundMax, "viewPageBytes >= \(Member.bytesBoundMax)")
    try require(membersMax >= 2 && absentMax >= 1, "membersMax >= 2 and absentMax >= 1")
    try require(pushMembersMax >= 0 && pushFanOut >= 1, "pushMembersMax >= 0 and pushFanOut >= 1")
    try require(absentKept >= deadProbeInterval && deadProbeInterval > .zero, "absentKept >= deadProbeInterval > 0")
    try require(joinInterval > .zero && joinInterval <= joinIntervalMax, "0 < joinInterval <= joinIntervalMax")
    try require(seedInterval >= joinIntervalMax && seedsAtOnce >= 1, "seedInterval >= joinIntervalMax")
    try require(exchangeInterval > .zero && exchangeInterval <= exchangeIntervalMax, "0 < exchangeInterval <= its max")
    try require(challengeTimeout > directTimeout, "challengeTimeout > directTimeout")
    try require(pauseBound > .zero && pauseBound <= directTimeout, "0 < pauseBound <= directTimeout")
    try require(tellInterval > .zero && exchangeSettle > .zero, "tellInterval > 0 and exchangeSettle > 0")
  }
}
