import Membership
import Plans

// The exchange at a stage's end: what is expected, what arrives, when patience ends, and settling.
extension SeatAttempt {
  /// Own rows of every seated owner; of an owner that the roster leaves out, replica rows from those who hold them.
  mutating func expectDeliveries(_ stage: Int) {
    let seats = roster.seats
    for owner in 0..<facts.seatCount where owner != seat && !facts.stages[stage].ownRows[owner].isEmpty {
      if seats.contains(owner) {
        expect(stage, owner: owner, holder: owner)
      } else {
        stages[stage].asked.insert(owner)
        for holder in facts.cover(stage: stage, owner: owner, available: seats) {
          expect(stage, owner: owner, holder: holder)
        }
      }
    }
  }

  mutating func expect(_ stage: Int, owner: Int, holder: Int, deadline: Timestamp? = nil) {
    guard stages[stage].deliveryIndex(holder: holder, owner: owner) == nil else { return }
    let rows = facts.rows(stage: stage, owner: owner, holder: holder)
    guard !rows.isEmpty else { return }
    stages[stage].deliveries.append(
      StageExchange.Delivery(
        holder: holder, owner: owner,
        transfer: Transfer(totalBytes: facts.sliceBytes(stage: stage, rows: rows.count)), deadline: deadline))
  }

  /// A unit that this seat computed: its slice goes to whoever needs it.
  mutating func computed(
    _ unit: WorkUnit, buffer: BufferHandle, microseconds: Int, _ peers: inout Peers, _ out: inout Outbox
  ) {
    computeMicroseconds += microseconds
    defer { out.add(.release(buffer)) }
    guard stages.indices.contains(unit.stage) else { return }
    if unit.owner == seat {
      guard stages[unit.stage].phase == .computing else { return }
      send(unit, buffer: buffer, to: destinations(unit.stage), &out)
      beginGathering(unit.stage, &peers, &out)
    } else {
      finishReplicaWork(unit, buffer: buffer, &peers, &out)
    }
    advance(&peers, &out)
  }

  mutating func send(_ unit: WorkUnit, buffer: BufferHandle, to seats: [Int], _ out: inout Outbox) {
    let rows = facts.rows(stage: unit.stage, owner: unit.owner, holder: seat)
    let total = facts.sliceBytes(stage: unit.stage, rows: rows.count)
    for (offset, length) in Transfer.chunks(of: total) {
      let chunk = Chunk(
        attempt: id, content: .slice(stage: unit.stage, owner: unit.owner), totalBytes: total, offset: offset,
        length: length, provenance: stages[unit.stage].inputProvenance)
      for destination in seats {
        guard let agent = agent(at: destination) else { continue }
        out.send(.chunk(chunk), payload: Payload(buffer: buffer, offset: offset, length: length), to: agent)
      }
    }
  }

  mutating func beginGathering(_ stage: Int, _ peers: inout Peers, _ out: inout Outbox) {
    stages[stage].phase = .gathering
    stages[stage].base = out.now
    for index in stages[stage].deliveries.indices where stages[stage].deliveries[index].state == .expected {
      let holder = stages[stage].deliveries[index].holder
      stages[stage].deliveries[index].deadline = patienceDeadline(holder, from: out.now, peers, now: out.now)
    }
    giveUpOnLost(stage, peers, &out)
    settleIfPossible(stage, &peers, &out)
  }

  /// A seat that already missed in this attempt is not waited for at its later stages.
  mutating func giveUpOnLost(_ stage: Int, _ peers: Peers, _ out: inout Outbox) {
    for index in stages[stage].deliveries.indices {
      let delivery = stages[stage].deliveries[index]
      guard lost.contains(delivery.holder), stages[stage].isSilent(delivery) else { continue }
      stages[stage].deliveries[index].state = .abandoned
      if delivery.isOwn { askForReplicas(stage, of: delivery.owner, peers, &out) }
    }
  }

  /// A chunk of a slice from the seat `holder`. Returns false where it is malformed.
  mutating func receive(
    _ chunk: Chunk, stage: Int, owner: Int, from holder: Int, buffer: BufferHandle, _ peers: inout Peers,
    _ out: inout Outbox
  ) -> Bool {
    guard stages.indices.contains(stage), owner >= 0, owner < facts.seatCount else {
      out.add(.release(buffer))
      return false
    }
    guard let index = stages[stage].deliveryIndex(holder: holder, owner: owner) else {
      out.add(.release(buffer))
      // Replica rows that nobody here asked for are harmless; anything else contradicts the plan.
      return !facts.rows(stage: stage, owner: owner, holder: holder).isEmpty
    }
    guard chunk.totalBytes == stages[stage].deliveries[index].transfer.totalBytes else {
      out.add(.release(buffer))
      return false
    }
    let reception = stages[stage].deliveries[index].transfer.receive(offset: chunk.offset, length: chunk.length)
    let isComplete = stages[stage].deliveries[index].transfer.isComplete
    if reception == .new, isComplete, holder == owner { sampleLateness(stage, of: holder, &peers, out.now) }
    // A row is taken once: replica rows of an owner whose own are here change nothing.
    let isNeeded = stages[stage].phase != .settled && (holder == owner || !stages[stage].hasOwnRows(of: owner))
    guard reception == .new, isNeeded else {
      out.add(.release(buffer))
      return reception != .malformed
    }
    out.add(.place(id, WorkUnit(stage: stage, owner: owner), holder: holder, offset: chunk.offset, buffer))
    stages[stage].deliveries[index].provenance = chunk.provenance
    if holder != owner, stages[stage].hasBegunOwnRows(of: owner) { stages[stage].deliveries[index].isMixedIn = true }
    if isComplete {
      stages[stage].deliveries[index].state = .complete
      settleIfPossible(stage, &peers, &out)
      advance(&peers, &out)
    }
    return true
  }

  private func sampleLateness(_ stage: Int, of holder: Int, _ peers: inout Peers, _ now: Timestamp) {
    guard let agent = agent(at: holder) else { return }
    let lateness = stages[stage].base.map { now.microseconds(since: $0) } ?? 0
    peers.served(agent, latenessMicroseconds: lateness)
  }

  /// Settles a stage whose rows are all here or given up, filling what is missing.
  mutating func settleIfPossible(_ stage: Int, _ peers: inout Peers, _ out: inout Outbox) {
    guard stages[stage].phase == .gathering else { return }
    if gathers(stage) {
      let owners = (0..<facts.seatCount).filter { $0 != seat && !facts.stages[stage].ownRows[$0].isEmpty }
      guard owners.allSatisfy({ isAccountedFor(stage, owner: $0) }) else { return }
      // What this seat computed from its inputs carries their label.
      let hasComputed =
        !facts.stages[stage].ownRows[seat].isEmpty
        || stages[stage].deliveries.contains { $0.holder == seat && $0.state == .complete }
        || stages[stage].replicaWork.contains(where: \.isMixedIn)
      stages[stage].provenance = hasComputed ? stages[stage].inputProvenance : Provenance()
      for owner in owners { account(stage, owner: owner, &out) }
    }
    stages[stage].phase = .settled
  }

  private func isAccountedFor(_ stage: Int, owner: Int) -> Bool {
    let exchange = stages[stage]
    if exchange.hasOwnRows(of: owner) { return true }
    let holders = exchange.holdersDelivered(for: owner)
    if !holders.isEmpty, facts.uncovered(stage: stage, owner: owner, by: holders).isEmpty { return true }
    return !exchange.deliveries.contains { $0.owner == owner && $0.state == .expected }
      && !exchange.replicaWork.contains { $0.owner == owner }
  }

  /// Takes over what the rows of an owner owe to fills, and fills those that nobody delivered.
  private mutating func account(_ stage: Int, owner: Int, _ out: inout Outbox) {
    let hasOwnRows = stages[stage].hasOwnRows(of: owner)
    for delivery in stages[stage].deliveries where delivery.owner == owner {
      // An owner's slice that broke off half-way may have left rows behind: it counts too.
      let isTaken =
        hasOwnRows ? delivery.isOwn || delivery.isMixedIn : delivery.state == .complete || delivery.transfer.hasBegun
      if isTaken { stages[stage].provenance.merge(delivery.provenance) }
    }
    guard !hasOwnRows else { return }
    let holders = stages[stage].holdersDelivered(for: owner)
    let missing = facts.uncovered(stage: stage, owner: owner, by: holders)
    let replicated = facts.stages[stage].ownRows[owner].count - missing.count
    if replicated > 0 {
      stages[stage].provenance.insert(.init(stage: stage, seat: owner, fill: .replica, rows: replicated))
    }
    if !missing.isEmpty {
      out.add(.fill(id, stage: stage, owner: owner, rows: missing, .zero))
      stages[stage].provenance.insert(.init(stage: stage, seat: owner, fill: .zero, rows: missing.count))
    }
  }

  /// A sign of life of `holder` in this attempt: patience with it starts anew, up to the maximum since one's own slice.
  mutating func heard(from holder: Int, _ peers: Peers, now: Timestamp) {
    for stage in stages.indices where stages[stage].phase == .gathering {
      guard let base = stages[stage].base else { continue }
      for index in stages[stage].deliveries.indices {
        let delivery = stages[stage].deliveries[index]
        guard delivery.holder == holder, delivery.state == .expected, let current = delivery.deadline else { continue }
        let extended = patienceDeadline(holder, from: now, peers, now: now)
        let bound = base.advanced(milliseconds: peers.maximumPatienceMilliseconds)
        stages[stage].deliveries[index].deadline = max(current, min(extended, bound))
      }
    }
  }

  /// One's own pause was longer than anybody's patience: nobody is accused for it.
  mutating func rearm(_ peers: Peers, now: Timestamp) {
    for stage in stages.indices where stages[stage].phase == .gathering {
      stages[stage].base = now
      for index in stages[stage].deliveries.indices where stages[stage].deliveries[index].state == .expected {
        let holder = stages[stage].deliveries[index].holder
        stages[stage].deliveries[index].deadline = patienceDeadline(holder, from: now, peers, now: now)
      }
    }
  }
}
