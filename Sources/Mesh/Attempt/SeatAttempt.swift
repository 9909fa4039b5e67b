import Membership

/// One attempt as one seat runs it: inputs arrive, and stage by stage the seat computes its slice, exchanges it and
/// fills what nobody delivered. The gateway's seat then computes the tail.
///
/// A value-type state machine without I/O; `SeatAttempt+Exchange.swift` and `SeatAttempt+Replicas.swift` hold its
/// steps. The bounded waits: a silent seat costs one patience, a seat that shows signs of life is waited for up to the
/// maximum patience, and never beyond half of the time that is left.
struct SeatAttempt: Sendable {
  let id: AttemptID
  let facts: PlanFacts
  let roster: Roster
  let seat: Int
  let gatewaySeat: Int
  let openedAt: Timestamp
  let deadline: Timestamp

  var inputs: [Transfer]
  var stages: [StageExchange]
  /// Seats that missed in this attempt, or were written off when it opened: not waited for again.
  var lost = SeatMask()
  var isTailRequested = false
  var nextProgress: Timestamp
  var computeMicroseconds = 0
  var exchangeMicroseconds = 0

  var isGateway: Bool { seat == gatewaySeat }
  /// When the attempt ends at this seat though nobody says so.
  var expiry: Timestamp { deadline.advanced(milliseconds: Limits.outcomeGraceMilliseconds) }

  init(_ open: OpenAttempt, facts: PlanFacts, seat: Int, peers: Peers, now: Timestamp) {
    id = open.attempt
    self.facts = facts
    roster = open.roster
    self.seat = seat
    gatewaySeat = open.gatewaySeat
    openedAt = now
    deadline = now.advanced(milliseconds: open.remainingMilliseconds)
    nextProgress = now.advanced(milliseconds: Self.progressMilliseconds)
    inputs = facts.inputBytes.map { Transfer(totalBytes: $0) }
    stages = facts.stages.map { _ in StageExchange() }
    for other in roster.seats.seats where other != seat {
      if let entry = roster.entries[other], peers.isWrittenOff(entry.agent, now: now) { lost.insert(other) }
    }
    for stage in stages.indices where gathers(stage) { expectDeliveries(stage) }
  }

  /// How often a seat that works or waits shows a sign of life.
  static let progressMilliseconds = 100

  /// Whether this seat needs the stage's whole output.
  func gathers(_ stage: Int) -> Bool {
    facts.stages[stage].isNeededByStages || (isGateway && facts.stages[stage].isNeededByTail)
  }

  /// Seats other than this one that need the stage's whole output.
  func destinations(_ stage: Int) -> [Int] {
    if facts.stages[stage].isNeededByStages { return roster.seats.seats.filter { $0 != seat } }
    return isGateway ? [] : [gatewaySeat]
  }

  /// Whether the gateway can answer: every stage that the tail computes from is settled.
  var isReadyForTail: Bool {
    isGateway && inputs.allSatisfy(\.isComplete)
      && facts.stages.indices.allSatisfy { !facts.stages[$0].isNeededByTail || stages[$0].phase == .settled }
  }

  /// What the answer owes to fills.
  var tailProvenance: Provenance {
    var provenance = Provenance()
    for stage in stages.indices where facts.stages[stage].isNeededByTail { provenance.merge(stages[stage].provenance) }
    return provenance
  }

  /// Whether there is nothing left to do or to wait for at this seat.
  var isDone: Bool { stages.allSatisfy { $0.phase == .settled } }

  /// A network input's chunk has arrived (or was the gateway's own).
  mutating func receiveInput(_ input: Int, offset: Int, length: Int) -> Transfer.Reception {
    guard inputs.indices.contains(input) else { return .malformed }
    return inputs[input].receive(offset: offset, length: length)
  }

  /// Starts every stage whose inputs are settled, and the tail. Stages start in the plan's order, also those of branches
  /// that know nothing of each other: a seat that computes a stage drops values by it (see `areInputsKept`).
  mutating func advance(_ peers: inout Peers, _ out: inout Outbox) {
    for stage in stages.indices where stages[stage].phase == .blocked {
      guard areInputsSettled(stage) else { break }
      var provenance = Provenance()
      for input in facts.stages[stage].stageInputs { provenance.merge(stages[input].provenance) }
      stages[stage].inputProvenance = provenance
      if facts.stages[stage].ownRows[seat].isEmpty {
        beginGathering(stage, &peers, &out)
      } else {
        stages[stage].phase = .computing
        out.add(.compute(id, WorkUnit(stage: stage, owner: seat), placing: gathers(stage)))
        giveUpOnLost(stage, peers, &out)
      }
      startReplicaWork(stage, &out)
    }
    if !isTailRequested, isReadyForTail {
      isTailRequested = true
      out.add(.computeTail(id))
    }
  }

  private func areInputsSettled(_ stage: Int) -> Bool {
    (facts.stages[stage].networkInputs.allSatisfy { inputs[$0].isComplete } || isWithoutInput(stage))
      && facts.stages[stage].stageInputs.allSatisfy { stages[$0].phase == .settled }
  }

  /// A seat that may not have the raw input only gathers what the others compute from it.
  private func isWithoutInput(_ stage: Int) -> Bool {
    !isGateway && !facts.inputSeats.contains(seat) && facts.stages[stage].ownRows[seat].isEmpty
  }

  /// Whether the values that a stage computes from are still here: a seat drops a value when it computes the second
  /// stage after the value's last consumer, because until then a slower seat may want replica rows made from it.
  func areInputsKept(_ stage: Int) -> Bool {
    facts.stages[stage].stageInputs.allSatisfy { input in
      let second = facts.stages[input].lastConsumer + 2
      return !stages.indices.contains(second) || stages[second].phase == .blocked
    }
  }

  func agent(at seat: Int) -> AgentID? {
    roster.entries.indices.contains(seat) ? roster.entries[seat]?.agent : nil
  }

  /// Patience with a seat from `start` on: its own estimate, at most half of the time that is left.
  func patienceDeadline(_ holder: Int, from start: Timestamp, _ peers: Peers, now: Timestamp) -> Timestamp {
    let patience = agent(at: holder).map { peers.patienceMilliseconds($0) } ?? 0
    let left = max(0, deadline.milliseconds(since: now))
    return min(start.advanced(milliseconds: patience), now.advanced(milliseconds: max(left / 2, 1)))
  }
}
