import Membership

/// What the data path knows of its peers: how late they are, and who was written off.
///
/// A miss writes a peer off for a probation that doubles with each further miss in a row; a late slice or a new start
/// reinstates it. This is the data path's own judgement and never waits for membership's.
struct Peers: Sendable {
  private struct Peer: Sendable {
    var agent: AgentID
    var incarnation: UInt64
    var patience = Patience()
    var missesInRow = 0
    var servedSinceMiss = 0
    var writtenOffUntil: Timestamp?
  }

  /// The first probation, and the bound of its doubling.
  static let probationMilliseconds = 250
  static let probationDoublings = 5
  /// Slices in time after which misses are forgiven.
  static let forgivenAfter = 32

  private var peers: [Peer] = []
  private let bounds: Patience.Bounds

  init(bounds: Patience.Bounds) { self.bounds = bounds }

  func patienceMilliseconds(_ agent: AgentID) -> Int {
    peer(agent)?.patience.milliseconds(bounds) ?? bounds.initialMilliseconds
  }

  var maximumPatienceMilliseconds: Int { bounds.maximumMilliseconds }

  /// Whether the peer's probation is still running.
  func isWrittenOff(_ agent: AgentID, now: Timestamp) -> Bool {
    guard let until = peer(agent)?.writtenOffUntil else { return false }
    return now < until
  }

  /// Whether the peer's last expected slice did not come.
  func hasMissed(_ agent: AgentID) -> Bool { peer(agent)?.writtenOffUntil != nil }

  func missesInRow(_ agent: AgentID) -> Int { peer(agent)?.missesInRow ?? 0 }

  /// A slice came, in time or late.
  mutating func served(_ agent: AgentID, latenessMicroseconds: Int) {
    update(agent) { peer in
      peer.patience.sample(latenessMicroseconds: latenessMicroseconds)
      peer.writtenOffUntil = nil
      peer.servedSinceMiss += 1
      if peer.servedSinceMiss >= Self.forgivenAfter { peer.missesInRow = 0 }
    }
  }

  /// Patience ran out.
  mutating func missed(_ agent: AgentID, now: Timestamp) {
    update(agent) { peer in
      let doublings = min(peer.missesInRow, Self.probationDoublings)
      peer.writtenOffUntil = now.advanced(milliseconds: Self.probationMilliseconds << doublings)
      peer.missesInRow += 1
      peer.servedSinceMiss = 0
    }
  }

  /// The peer started anew or says that it is ready: it counts again, with what is known of its lateness.
  mutating func reinstate(_ agent: AgentID, incarnation: UInt64) {
    // A former start says nothing of this one.
    if let known = peer(agent), incarnation < known.incarnation { return }
    update(agent) { peer in
      peer.writtenOffUntil = nil
      if incarnation > peer.incarnation {
        peer.incarnation = incarnation
        peer.missesInRow = 0
      }
    }
  }

  mutating func forget(_ agent: AgentID) { peers.removeAll { $0.agent == agent } }

  private func peer(_ agent: AgentID) -> Peer? { peers.first { $0.agent == agent } }

  private mutating func update(_ agent: AgentID, _ change: (inout Peer) -> Void) {
    let index =
      peers.firstIndex { $0.agent == agent }
      ?? {
        // A roster may name anybody: the one known longest gives way.
        if peers.count >= Limits.peers { peers.removeFirst() }
        peers.append(Peer(agent: agent, incarnation: 0))
        return peers.count - 1
      }()
    change(&peers[index])
  }
}
