/// One piece of gossip: a member's whole record, or only a verdict about a member that the hearer knows.
public enum Rumor: Hashable, Sendable {
  case record(Member)
  case verdict(Verdict)

  /// Whom it is about.
  public var subject: AgentID {
    switch self {
    case .record(let member): member.id
    case .verdict(let verdict): verdict.id
    }
  }

  /// An upper bound of the rumor's bytes in any message.
  public var bytesBound: Int {
    switch self {
    case .record(let member): 1 + member.bytesBound
    case .verdict(let verdict): 1 + verdict.bytesBound
    }
  }
}

/// What others hold of a member, without its record: suspect, dead or left.
///
/// A suspicion names its accusers (up to ``accusersMax``): each is an independent failed probe, and the more there
/// are the sooner the suspect is judged (Lifeguard's local health aware suspicion).
public struct Verdict: Hashable, Sendable {
  /// Most accusers that a verdict names: the first and the confirmations that count.
  public static let accusersMax = 4

  public let id: AgentID
  public let incarnation: UInt64
  public let refutation: UInt32
  public let state: Member.State
  public let accusers: [AgentID]

  /// Fails for `alive`, which only a record may state, and for too many accusers.
  public init(
    id: AgentID, incarnation: UInt64, refutation: UInt32, state: Member.State, accusers: [AgentID] = []
  ) throws(MembershipError) {
    guard state != .alive else { throw .verdictOfLife }
    guard accusers.count <= Verdict.accusersMax else { throw .tooManyAccusers(accusers.count) }
    self.id = id
    self.incarnation = incarnation
    self.refutation = refutation
    self.state = state
    self.accusers = accusers
  }

  /// The verdict held about a member that is not alive.
  init?(about member: Member, accusers: [AgentID]) {
    guard member.state != .alive else { return nil }
    id = member.id
    incarnation = member.incarnation
    refutation = member.refutation
    state = member.state
    self.accusers = Array(accusers.prefix(Verdict.accusersMax))
  }

  public var precedence: Member.Precedence {
    Member.Precedence(incarnation: incarnation, refutation: refutation, state: state)
  }

  /// An upper bound of the verdict's bytes in any message.
  public var bytesBound: Int { 32 + 16 * accusers.count }
}
