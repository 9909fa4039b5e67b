/// The sender of an authentic frame, from the frame's sealed header.
public struct Sender: Hashable, Sendable {
  public let id: AgentID
  public let incarnation: UInt64

  public init(id: AgentID, incarnation: UInt64) {
    self.id = id
    self.incarnation = incarnation
  }
}

/// What membership is told.
public enum Event: Hashable, Sendable {
  /// Time has passed: ``Membership/nextDeadline`` is due. Deliver what was received first: an answer that lies in the
  /// socket must be heard before the one who gave it is accused.
  case tick
  /// A membership message arrived in an authentic frame.
  case received(Message, from: Sender)
  /// Any other authentic frame arrived: a sign of life.
  case heard(Sender)
  /// The connection to a member dropped. It makes a suspect, never a dead one.
  case disconnected(AgentID)
}

/// Where a message goes: to an address, and to a known agent there or (`id` is nil) to whoever listens.
public struct Destination: Hashable, Sendable {
  public let id: AgentID?
  public let address: String

  public init(id: AgentID?, address: String) {
    self.id = id
    self.address = address
  }
}

/// What membership wants done, or wants known.
public enum Effect: Hashable, Sendable {
  case send(Message, to: Destination)
  /// A member is new (`was` is nil) or changed: its state, incarnation, refutation or payload.
  case changed(Member, was: Member?)
  /// A member that was long dead or left is no longer remembered.
  case forgotten(Member)
  /// The first answer to this agent's joins: it is in the mesh through `via`.
  case joined(via: AgentID)
  /// This agent is refused. After `meshFull` it goes on asking; after the others it falls silent and must be started
  /// anew (after `staleIncarnation` with an incarnation above the known one).
  case refused(Refusal)
  /// This agent did not let another in.
  case turnedAway(Member, Refusal)
  /// Two live agents say they are `of`: the one held, and one at `address`.
  case duplicateIdentity(of: AgentID, incarnation: UInt64, address: String)
  /// This agent itself stood still for about that long; its timers were set anew before anyone was accused.
  case paused(TimeSpan)
}
