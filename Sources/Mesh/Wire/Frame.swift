public import Membership
public import Plans

/// What one agent sends another: a header in full, and for a chunk the tensor bytes behind it.
///
/// The byte layout of each stands in `Protocol/`, with test vectors.
public struct Frame: Sendable, Hashable {
  public var sender: AgentID
  public var incarnation: UInt64
  public var body: Body

  public init(sender: AgentID, incarnation: UInt64, body: Body) {
    self.sender = sender
    self.incarnation = incarnation
    self.body = body
  }

  public enum Body: Sendable, Hashable {
    /// SWIM's messages: who is there.
    case membership(MembershipMessage)
    case open(OpenAttempt)
    case chunk(Chunk)
    case want(Want)
    case progress(Progress)
    /// The gateway needs nothing more of this attempt.
    case cancel(AttemptID)
  }
}

/// The gateway opens an attempt: which plan, who sits where, how long there is. Input chunks follow.
public struct OpenAttempt: Sendable, Hashable {
  public var attempt: AttemptID
  public var plan: PlanDigest
  /// Time left until the deadline; boards' clocks disagree, so a deadline never travels as a time of day.
  public var remainingMilliseconds: Int
  public var gatewaySeat: Int
  public var roster: Roster

  public init(
    attempt: AttemptID, plan: PlanDigest, remainingMilliseconds: Int, gatewaySeat: Int, roster: Roster
  ) {
    self.attempt = attempt
    self.plan = plan
    self.remainingMilliseconds = remainingMilliseconds
    self.gatewaySeat = gatewaySeat
    self.roster = roster
  }
}

/// A part of a tensor on its way: a network input, a seat's slice or replica rows. The bytes follow the header.
public struct Chunk: Sendable, Hashable {
  public enum Content: Sendable, Hashable {
    /// A network input, by position, sent by the gateway.
    case input(Int)
    /// The sender's rows of a stage: its own (`owner` is the sender's seat), or those of `owner` that it replicates.
    case slice(stage: Int, owner: Int)
  }

  public var attempt: AttemptID
  public var content: Content
  public var elementType: WireElementType
  /// Bytes of the whole tensor part, and where in it this chunk lies.
  public var totalBytes: Int
  public var offset: Int
  public var length: Int
  public var provenance: Provenance

  public init(
    attempt: AttemptID, content: Content, elementType: WireElementType = .float32, totalBytes: Int, offset: Int,
    length: Int, provenance: Provenance = Provenance()
  ) {
    self.attempt = attempt
    self.content = content
    self.elementType = elementType
    self.totalBytes = totalBytes
    self.offset = offset
    self.length = length
    self.provenance = provenance
  }
}

/// Asks a holder for the replica rows that it has of `owner` at a stage.
public struct Want: Sendable, Hashable {
  public var attempt: AttemptID
  public var stage: Int
  public var owner: Int

  public init(attempt: AttemptID, stage: Int, owner: Int) {
    self.attempt = attempt
    self.stage = stage
    self.owner = owner
  }
}

/// A sign of life of a seat that itself waits: whoever waits for it re-arms its patience, within bounds.
public struct Progress: Sendable, Hashable {
  public var attempt: AttemptID
  public var stage: Int

  public init(attempt: AttemptID, stage: Int) {
    self.attempt = attempt
    self.stage = stage
  }
}
