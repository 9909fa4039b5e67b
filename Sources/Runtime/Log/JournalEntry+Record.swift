import Membership
import Mesh

// The mind's records as entries.
extension Record {
  var message: JournalMessage {
    switch self {
    case .memberChanged(let change):
      switch change.to {
      case .alive: change.from == nil ? .memberAlive : .memberReturned
      case .suspect: .memberSuspect
      case .dead: .memberDead
      case .left: .memberLeft
      }
    case .joined: .joined
    case .refused: .refused
    case .turnedAway: .turnedAway
    case .duplicateIdentity: .duplicateIdentity
    case .paused: .paused
    case .seatMissed: .seatMissed
    case .answered(_, _, let outcome):
      switch outcome.kind {
      case .complete: .requestComplete
      case .degraded: .requestDegraded
      case .early: .requestEarly
      case .refused: .requestRefused
      case .failed: .requestFailed
      }
    case .frameDropped: .framesDropped
    }
  }

  var text: String {
    switch self {
    case .memberChanged(let change): change.words
    case .joined(let via, let name): "joined the mesh through \(name.isEmpty ? "\(via)" : name)"
    case .refused(let refusal): "is not let into the mesh: \(refusal)"
    case .turnedAway(_, let name, let refusal): "turned \(name) away: \(refusal)"
    case .duplicateIdentity(let agent, let address):
      "another live agent at \(address) has the identity \(agent): give it its own state directory"
    case .paused(let milliseconds):
      "stood still for \(milliseconds) ms: the process was stopped, or the board is overloaded"
    case .seatMissed(let attempt, let seat, let stage):
      "seat \(seat) did not deliver stage \(stage) of \(attempt) in time; others stand in for it"
    case .answered(let request, _, let outcome): "request \(request) ended \(outcome.words)"
    case .frameDropped(let reason): "dropped a frame: \(reason)"
    }
  }

  func addFields(to entry: inout JournalEntry) {
    switch self {
    case .memberChanged(let change):
      entry.add(.member, "\(change.agent)")
      entry.add(.memberName, change.name)
      entry.add(.memberAddress, change.address)
      entry.add(.memberIncarnation, change.incarnation)
      entry.add(.state, "\(change.to)")
      entry.add(.stateBefore, change.from.map { "\($0)" } ?? "unknown")
    case .joined(let via, let name):
      entry.add(.member, "\(via)")
      entry.add(.memberName, name)
    case .refused(let refusal): entry.add(.reason, "\(refusal)")
    case .turnedAway(let agent, let name, let refusal):
      entry.add(.member, "\(agent)")
      entry.add(.memberName, name)
      entry.add(.reason, "\(refusal)")
    case .duplicateIdentity(let agent, let address):
      entry.add(.member, "\(agent)")
      entry.add(.memberAddress, address)
    case .paused(let milliseconds): entry.add(.pauseMilliseconds, milliseconds)
    case .seatMissed(let attempt, let seat, let stage):
      entry.add(.attempt, "\(attempt)")
      entry.add(.seat, seat)
      entry.add(.stage, stage)
    case .answered(let request, let plan, let outcome):
      entry.add(.request, "\(request)")
      entry.add(outcome, on: plan)
    case .frameDropped(let reason): entry.add(.reason, reason)
    }
  }
}

extension MemberChange {
  fileprivate var words: String {
    let who = "\(name) at \(address)"
    switch to {
    case .alive where from == nil: return "\(who) is in the mesh"
    case .alive where isNewStart: return "\(who) is back after a new start (incarnation \(incarnation))"
    case .alive: return "\(who) is back: it was thought \(from.map { "\($0)" } ?? "away")"
    case .suspect: return "\(who) does not answer: it is suspect"
    case .dead: return "\(who) is dead: nobody has heard of it for longer"
    case .left: return "\(who) has left in order"
    }
  }
}

extension Outcome {
  fileprivate var words: String {
    let latency = "after \((timing.totalMicroseconds + 500) / 1_000) ms"
    switch kind {
    case .complete: return "complete \(latency)"
    case .early: return "early \(latency)"
    case .degraded:
      let seats = lostSeats.seats.map(String.init).joined(separator: ", ")
      return "degraded \(latency): nothing exact stood in for \(zeroRows) of \(totalRows) rows (seats lost: \(seats))"
    case .refused, .failed: return "\(kind.rawValue): \(reason)"
    }
  }
}

extension JournalEntry {
  fileprivate mutating func add(_ outcome: Outcome, on plan: PlanDigest?) {
    add(.outcome, outcome.kind.rawValue)
    if let plan { add(.plan, plan.description) }
    guard outcome.kind.hasOutputs else { return add(.reason, outcome.reason) }
    add(.seatsAnswered, seats: outcome.answeredSeats.seats)
    add(.seatsLost, seats: outcome.lostSeats.seats)
    add(.rows, outcome.totalRows)
    add(.replicaRows, outcome.replicaRows)
    add(.zeroRows, outcome.zeroRows)
    add(.latencyMicroseconds, outcome.timing.totalMicroseconds)
    add(.computeMicroseconds, outcome.timing.computeMicroseconds)
    add(.exchangeMicroseconds, outcome.timing.exchangeMicroseconds)
  }
}
