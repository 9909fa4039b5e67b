/// A member that this agent asks whether it is there.
struct Probe: Hashable, Sendable {
  let target: AgentID
  let sequence: UInt32
  /// When helpers are asked, for want of a direct answer.
  let helpersAt: Timestamp
  /// When the probe has failed.
  var failsAt: Timestamp
  /// Only a probe of a member thought alive says something about this agent's own health.
  let countsForHealth: Bool
  var helpersAsked = false
  var helpers: [AgentID] = []
  var nacks: [AgentID] = []
}

/// A member that this agent asks on another's behalf.
struct Relay: Hashable, Sendable {
  let target: AgentID
  let sequence: UInt32
  let requester: AgentID
  let requesterSequence: UInt32
  /// When the requester is told that there is no answer yet.
  let nackAt: Timestamp
  /// When a late answer is no longer passed on.
  let endsAt: Timestamp
  var nackSent = false
}

/// A member that is judged dead unless it refutes in time.
struct Suspicion: Hashable, Sendable {
  let suspect: AgentID
  var since: Timestamp
  /// Whose probes failed, in order of hearing; may be empty where only a view told.
  var accusers: [AgentID]
  /// Since plus the timeout for so many accusers.
  var endsAt: Timestamp
  /// How often it was begun again because the suspect was heard.
  var extensions = 0
}

/// A newcomer whose identity another address holds: the holder is asked to prove that it lives.
struct Challenge: Hashable, Sendable {
  let newcomer: Member
  /// The incarnation that is asked.
  let heldIncarnation: UInt64
  var joinSequence: UInt32
  /// The pings' sequence: only its echo is a proof; a frame that was under way when the holder died is none.
  let sequence: UInt32
  let againAt: Timestamp
  let endsAt: Timestamp
  var asked = 1
}

/// An address to join through.
struct Seed: Hashable, Sendable {
  let address: String
  /// Who answered there.
  var agent: AgentID?
  /// The address turned out to be this agent's own.
  var isMyself = false
  /// The last join sent there.
  var sequence: UInt32?

  init(address: String) {
    self.address = address
  }
}
