import Membership

// Replica rows: asked for at half the patience, computed after the own rows, and what happens when time passes.
extension SeatAttempt {
  /// Asks those who hold replicas of a silent or lost owner's rows, each for what those before it do not hold.
  mutating func askForReplicas(_ stage: Int, of owner: Int, _ peers: Peers, _ out: inout Outbox) {
    guard !stages[stage].asked.contains(owner) else { return }
    stages[stage].asked.insert(owner)
    var available = roster.seats
    available.remove(owner)
    for other in lost.seats { available.remove(other) }
    for holder in facts.cover(stage: stage, owner: owner, available: available) {
      let deadline = patienceDeadline(holder, from: out.now, peers, now: out.now)
      expect(stage, owner: owner, holder: holder, deadline: deadline)
      if holder == seat {
        requestReplicaWork(stage, owner: owner, for: seat, &out)
      } else if let agent = agent(at: holder) {
        out.send(.want(Want(attempt: id, stage: stage, owner: owner)), to: agent)
      }
    }
  }

  /// A request for replica rows that this seat holds, from another seat or itself.
  mutating func requestReplicaWork(_ stage: Int, owner: Int, for requester: Int, _ out: inout Outbox) {
    guard stages.indices.contains(stage), owner >= 0, owner < facts.seatCount, owner != seat,
      !facts.rows(stage: stage, owner: owner, holder: seat).isEmpty, areInputsKept(stage)
    else { return }
    if let index = stages[stage].replicaWork.firstIndex(where: { $0.owner == owner }) {
      stages[stage].replicaWork[index].requesters.insert(requester)
    } else {
      stages[stage].replicaWork.append(.init(owner: owner, requesters: SeatMask([requester])))
    }
    runReplicaWork(stage, &out)
  }

  /// At a stage's start: the rows of owners that the roster leaves out are computed at once, for everyone, by those
  /// whom everyone expects them of.
  mutating func startReplicaWork(_ stage: Int, _ out: inout Outbox) {
    let seats = roster.seats
    for owner in 0..<facts.seatCount where !seats.contains(owner) {
      guard facts.cover(stage: stage, owner: owner, available: seats).contains(seat) else { continue }
      for destination in destinations(stage) { requestReplicaWork(stage, owner: owner, for: destination, &out) }
      if gathers(stage) { requestReplicaWork(stage, owner: owner, for: seat, &out) }
    }
    runReplicaWork(stage, &out)
  }

  /// Starts what was requested, once the stage's inputs are settled; own rows go first.
  private mutating func runReplicaWork(_ stage: Int, _ out: inout Outbox) {
    guard stages[stage].phase != .blocked else { return }
    for index in stages[stage].replicaWork.indices where !stages[stage].replicaWork[index].isRunning {
      stages[stage].replicaWork[index].isRunning = true
      let unit = WorkUnit(stage: stage, owner: stages[stage].replicaWork[index].owner)
      // A settled value stays as its label says, though others may still want the rows.
      let isPlacing = gathers(stage) && stages[stage].phase != .settled
      stages[stage].replicaWork[index].isMixedIn = isPlacing && stages[stage].hasBegunOwnRows(of: unit.owner)
      out.add(.compute(id, unit, placing: isPlacing))
    }
  }

  mutating func finishReplicaWork(_ unit: WorkUnit, buffer: BufferHandle, _ peers: inout Peers, _ out: inout Outbox) {
    guard let index = stages[unit.stage].replicaWork.firstIndex(where: { $0.owner == unit.owner }) else { return }
    let work = stages[unit.stage].replicaWork.remove(at: index)
    send(unit, buffer: buffer, to: work.requesters.seats.filter { $0 != seat }, &out)
    guard gathers(unit.stage) else { return }
    // Whoever asked: the rows are now here too.
    expect(unit.stage, owner: unit.owner, holder: seat)
    if let delivery = stages[unit.stage].deliveryIndex(holder: seat, owner: unit.owner) {
      stages[unit.stage].deliveries[delivery].state = .complete
    }
    settleIfPossible(unit.stage, &peers, &out)
  }

  /// When something has to happen though nothing arrives.
  func nextDeadline(_ peers: Peers) -> Timestamp {
    var next = min(expiry, nextProgress)
    for exchange in stages where exchange.phase == .gathering {
      for delivery in exchange.deliveries where delivery.state == .expected {
        guard let due = delivery.deadline else { continue }
        next = min(next, due)
        if delivery.isOwn, exchange.isSilent(delivery), !exchange.asked.contains(delivery.owner),
          let base = exchange.base
        {
          next = min(next, halfway(base, due))
        }
      }
    }
    return next
  }

  private func halfway(_ base: Timestamp, _ due: Timestamp) -> Timestamp {
    base.advanced(milliseconds: max(0, due.milliseconds(since: base)) / 2)
  }

  /// Time has passed: signs of life are given, replicas asked for, silent seats written off.
  mutating func expire(_ peers: inout Peers, _ out: inout Outbox) {
    if out.now >= nextProgress { showProgress(&out) }
    for stage in stages.indices where stages[stage].phase == .gathering {
      for index in stages[stage].deliveries.indices {
        let delivery = stages[stage].deliveries[index]
        guard delivery.state == .expected, let due = delivery.deadline, let base = stages[stage].base else { continue }
        if out.now >= due {
          stages[stage].deliveries[index].state = .abandoned
          writeOff(delivery.holder, stage: stage, &peers, &out)
          if delivery.isOwn { askForReplicas(stage, of: delivery.owner, peers, &out) }
        } else if delivery.isOwn, stages[stage].isSilent(delivery), out.now >= halfway(base, due) {
          askForReplicas(stage, of: delivery.owner, peers, &out)
        }
      }
      settleIfPossible(stage, &peers, &out)
    }
    advance(&peers, &out)
  }

  private mutating func writeOff(_ holder: Int, stage: Int, _ peers: inout Peers, _ out: inout Outbox) {
    guard !lost.contains(holder), holder != seat, let agent = agent(at: holder) else { return }
    lost.insert(holder)
    peers.missed(agent, now: out.now)
    out.add(.record(.seatMissed(id, seat: holder, stage: stage)))
  }

  /// Tells the others that this seat lives while it computes or waits.
  private mutating func showProgress(_ out: inout Outbox) {
    nextProgress = out.now.advanced(milliseconds: Self.progressMilliseconds)
    guard let stage = stages.firstIndex(where: { $0.phase != .settled }) else {
      nextProgress = expiry
      return
    }
    for other in roster.seats.seats where other != seat {
      if let agent = agent(at: other) { out.send(.progress(Progress(attempt: id, stage: stage)), to: agent) }
    }
  }
}
