public import Membership

/// Something worth telling a person. The outside makes log entries of it; nothing here depends on whether it does.
public enum Record: Sendable, Hashable {
  /// Another agent is new here (`from` is nil), or its state or incarnation changed.
  case memberChanged(MemberChange)
  /// This agent is in the mesh through `via`.
  case joined(via: AgentID, name: String)
  /// This agent is not let in.
  case refused(Refusal)
  /// Another agent was not let in by this one.
  case turnedAway(AgentID, name: String, Refusal)
  /// Two live agents say they are `agent`; the other one is at `address`.
  case duplicateIdentity(AgentID, address: String)
  /// This agent stood still.
  case paused(milliseconds: Int)
  /// A seat's rows did not come within the patience.
  case seatMissed(AttemptID, seat: Int, stage: Int)
  /// A request of which this agent is the gateway has its outcome. `plan` is what it ran on, or the one asked for; nil
  /// where it asked for none and did not run.
  case answered(RequestID, plan: PlanDigest?, Outcome)
  case frameDropped(String)
}

/// What others are told of a member.
public struct MemberChange: Sendable, Hashable {
  public var agent: AgentID
  public var name: String
  public var address: String
  public var incarnation: UInt64
  /// nil: it was not known.
  public var from: Member.State?
  public var to: Member.State
  /// Whether it has started anew since it was last known.
  public var isNewStart: Bool

  public init(
    agent: AgentID, name: String, address: String, incarnation: UInt64, from: Member.State?, to: Member.State,
    isNewStart: Bool
  ) {
    self.agent = agent
    self.name = name
    self.address = address
    self.incarnation = incarnation
    self.from = from
    self.to = to
    self.isNewStart = isNewStart
  }
}
