public import Membership
import Plans

// This agent as a gateway: requests are admitted, queued by deadline, run as attempts, answered once.
extension AgentMind {
  mutating func receive(_ frame: ClientFrame, route: ClientRoute, buffer: BufferHandle?, _ out: inout Outbox) {
    guard let link = linkIndex(frame.client, route: route, &out) else {
      if let buffer { out.add(.release(buffer)) }
      return
    }
    switch frame {
    case .submit(let submit):
      if let buffer { out.add(.release(buffer)) }
      admit(submit, link: link, &out)
    case .input(let chunk):
      guard let buffer else { return }
      receive(chunk, buffer: buffer, link: link, &out)
    case .acknowledge(_, let sequence):
      if let buffer { out.add(.release(buffer)) }
      links[link].acknowledged(sequence, &out)
    case .ping(let client, let number):
      if let buffer { out.add(.release(buffer)) }
      let addresses = membership.members.filter { $0.state == .alive }.map(\.address).prefix(32)
      out.add(
        .reply(
          .pong(client: client, number: number, incarnation: incarnation, members: Array(addresses)), payload: nil,
          route: route))
    case .cancel(let request):
      if let buffer { out.add(.release(buffer)) }
      cancel(request, &out)
    }
  }

  private mutating func linkIndex(_ client: UInt64, route: ClientRoute, _ out: inout Outbox) -> Int? {
    if let index = links.firstIndex(where: { $0.client == client }) {
      links[index].heard(route: route, now: out.now)
      return index
    }
    if links.count >= Limits.clients {
      let isForgettable = { (link: ClientLink) in
        link.isForgettable(now: out.now) && !requests.contains { $0.id.client == link.client }
      }
      guard let idle = links.firstIndex(where: isForgettable) else {
        dropFrame("more than \(Limits.clients) clients", &out)
        return nil
      }
      links.remove(at: idle)
    }
    links.append(ClientLink(client: client, route: route, incarnation: incarnation, now: out.now))
    return links.count - 1
  }

  // MARK: Admission

  private mutating func admit(_ submit: Submit, link: Int, _ out: inout Outbox) {
    if let known = requests.firstIndex(where: { $0.id == submit.request }) {
      requests[known].heardAt = out.now
      if requests[known].phase != .receiving {
        out.add(.reply(.accepted(submit.request, incarnation: incarnation), payload: nil, route: links[link].route))
      }
      return
    }
    // Its outcome waits for an acknowledgement and is repeated anyway.
    if links[link].holds(submit.request) { return }
    guard links[link].waiting < Limits.outcomesPerClient else {
      return dropFrame("request of a client that leaves \(Limits.outcomesPerClient) outcomes unacknowledged", &out)
    }
    guard let plan = plan(for: submit.network, now: out.now) else {
      let seated = addressesOfSeated(submit.network)
      // An agent that has just started may still be taking up its seat: another can answer now.
      let isStarting = out.now.milliseconds(since: startedAt) < Self.startingMilliseconds
      if !seated.isEmpty || (held.isEmpty && isStarting) {
        out.add(.reply(.redirect(submit.request, addresses: seated), payload: nil, route: links[link].route))
      } else {
        let reason =
          held.isEmpty
          ? "no network is deployed: see 'edgemesh deploy --help'"
          : "the deployed network is another one: ask again what is deployed"
        refuse(submit, reason, link: link, &out)
      }
      return
    }
    guard submit.inputBytes == plan.facts.inputBytes else {
      return refuse(
        submit, "inputs of \(submit.inputBytes) bytes do not fit the network's \(plan.facts.inputBytes)", link: link,
        &out)
    }
    guard requests.count < Limits.requestsPerGateway,
      gatewayBytes + submit.inputBytes.reduce(0, +) <= Limits.inputBytesPerGateway
    else {
      return refuse(submit, "the gateway's queue of \(Limits.requestsPerGateway) requests is full", link: link, &out)
    }
    counters.requestsAdmitted += 1
    requests.append(GatewayRequest(submit, now: out.now))
  }

  /// The plan that a request runs on: the one named and no other (its inputs may fit another network as well), else the
  /// newest of those with the fewest empty seats: one that is just being deployed is not for use yet.
  private func plan(for wanted: PlanDigest?, fitting inputBytes: [Int]? = nil, now: Timestamp) -> HeldPlan? {
    let held = inputBytes.map { bytes in self.held.filter { $0.facts.inputBytes == bytes } } ?? self.held
    if let wanted { return held.first { $0.facts.digest == wanted } }
    return held.count > 1 ? held.min { emptySeats(of: $0, now: now) < emptySeats(of: $1, now: now) } : held.first
  }

  /// Seats of a plan that nobody could take now; nil where it is not held.
  public func emptySeats(of plan: PlanDigest, now: Timestamp) -> Int? {
    held.first { $0.facts.digest == plan }.map { emptySeats(of: $0, now: now) }
  }

  private func emptySeats(of plan: HeldPlan, now: Timestamp) -> Int {
    roster(for: plan, now: now).entries.count { $0 == nil }
  }

  /// Others with a seat, of the plan wanted.
  private func addressesOfSeated(_ wanted: PlanDigest?) -> [String] {
    membership.members.filter { member in
      member.id != me && member.state == .alive
        && HoldingClaim.decode(member.payload).contains { wanted == nil || $0.plan == wanted }
    }
    .map(\.address).prefix(32).map { $0 }
  }

  private mutating func refuse(_ submit: Submit, _ reason: String, link: Int, _ out: inout Outbox) {
    let outcome = Outcome(kind: .refused, reason: reason)
    let deadline = out.now.advanced(milliseconds: submit.remainingMilliseconds)
    deliver(
      outcome, for: submit.request, on: submit.network, outputs: nil, outputBytes: [], deadline: deadline, &out)
  }

  private mutating func receive(_ chunk: InputChunk, buffer: BufferHandle, link: Int, _ out: inout Outbox) {
    guard let index = requests.firstIndex(where: { $0.id == chunk.request }), requests[index].phase == .receiving else {
      return out.add(.release(buffer))
    }
    requests[index].heardAt = out.now
    guard requests[index].transfers.indices.contains(chunk.input),
      requests[index].transfers[chunk.input].receive(offset: chunk.offset, length: chunk.length) == .new
    else { return out.add(.release(buffer)) }
    requests[index].parts.append(
      .init(input: chunk.input, offset: chunk.offset, length: chunk.length, buffer: buffer))
    guard requests[index].transfers.allSatisfy(\.isComplete) else { return }
    requests[index].phase = .queued
    requests[index].readyAt = out.now
    out.add(.reply(.accepted(chunk.request, incarnation: incarnation), payload: nil, route: links[link].route))
    startQueued(&out)
  }

  // MARK: Running

  /// Runs queued requests, earliest deadline first, while there is room.
  mutating func startQueued(_ out: inout Outbox) {
    while attempts.count < Limits.attemptsPerSeat,
      requests.count(where: { if case .running = $0.phase { true } else { false } }) < Limits.requestsRunning
    {
      // One whose time is over is not begun: it is about to expire.
      let queued = requests.indices.filter { requests[$0].phase == .queued && requests[$0].deadline > out.now }
      guard let next = queued.min(by: { requests[$0].deadline < requests[$1].deadline }) else { return }
      start(next, &out)
    }
  }

  private mutating func start(_ index: Int, _ out: inout Outbox) {
    let request = requests[index]
    guard let plan = plan(for: request.plan, fitting: request.inputBytes, now: out.now) else {
      return finish(index, Outcome(kind: .failed, reason: "the network was replaced meanwhile"), &out)
    }
    attemptCounter &+= 1
    let attempt = AttemptID(
      request: request.id, gateway: me, gatewayIncarnation: incarnation, counter: attemptCounter)
    let roster = roster(for: plan, now: out.now)
    let remaining = max(1, request.deadline.milliseconds(since: out.now))
    let open = OpenAttempt(
      attempt: attempt, plan: plan.facts.digest, remainingMilliseconds: remaining, gatewaySeat: plan.seat,
      roster: roster)
    requests[index].phase = .running(attempt)
    for entry in roster.entries {
      if let agent = entry?.agent, agent != me { out.send(.open(open), to: agent) }
    }
    guard begin(open, seat: plan.seat, &out) else {
      return finish(index, Outcome(kind: .failed, reason: "the gateway's seat is busy: try again"), &out)
    }
    distributeInput(index, attempt, roster, plan.facts, &out)
  }

  private mutating func distributeInput(
    _ index: Int, _ attempt: AttemptID, _ roster: Roster, _ facts: PlanFacts, _ out: inout Outbox
  ) {
    let parts = requests[index].parts
    requests[index].parts = []
    for part in parts {
      let chunk = Chunk(
        attempt: attempt, content: .input(part.input), totalBytes: facts.inputBytes[part.input], offset: part.offset,
        length: part.length)
      for (seat, entry) in roster.entries.enumerated() {
        guard let agent = entry?.agent, agent != me, facts.inputSeats.contains(seat) else { continue }
        out.send(.chunk(chunk), payload: Payload(buffer: part.buffer, offset: 0, length: part.length), to: agent)
      }
      guard let own = attemptIndex(attempt) else { return out.add(.release(part.buffer)) }
      place(input: part.input, offset: part.offset, length: part.length, buffer: part.buffer, attempt: own, &out)
    }
  }

  /// Who takes which seat now: alive members whose shard is ready, but for those that the data path wrote off.
  func roster(for plan: HeldPlan, now: Timestamp) -> Roster {
    var entries = [Roster.Entry?](repeating: nil, count: plan.facts.seatCount)
    entries[plan.seat] = Roster.Entry(agent: me, incarnation: incarnation)
    for member in membership.members where member.id != me {
      guard member.state == .alive || (member.state == .suspect && !peers.hasMissed(member.id)),
        !peers.isWrittenOff(member.id, now: now)
      else { continue }
      let claims = HoldingClaim.decode(member.payload)
      guard let claim = claims.first(where: { $0.plan == plan.facts.digest }), entries.indices.contains(claim.seat),
        entries[claim.seat] == nil
      else { continue }
      entries[claim.seat] = Roster.Entry(agent: member.id, incarnation: member.incarnation)
    }
    return Roster(entries: entries)
  }

  // MARK: Answering

  mutating func tailComputed(_ attempt: AttemptID, buffer: BufferHandle, microseconds: Int, _ out: inout Outbox) {
    guard let running = requests.firstIndex(where: { $0.phase == .running(attempt) }),
      let index = attemptIndex(attempt)
    else { return out.add(.release(buffer)) }
    attempts[index].computeMicroseconds += microseconds
    let seatAttempt = attempts[index]
    let outcome = Self.outcome(of: seatAttempt, readyAt: requests[running].readyAt, now: out.now)
    finish(running, outcome, outputs: buffer, outputBytes: seatAttempt.facts.outputBytes, &out)
  }

  /// The label: the union of what reached the gateway.
  static func outcome(of attempt: SeatAttempt, readyAt: Timestamp, now: Timestamp) -> Outcome {
    let provenance = attempt.tailProvenance
    let lost = SeatMask(provenance.lostSeats)
    var answered = attempt.roster.seats
    for seat in lost.seats { answered.remove(seat) }
    for seat in attempt.lost.seats { answered.remove(seat) }
    return Outcome(
      kind: provenance.isExact ? .complete : .degraded,
      answeredSeats: answered,
      lostSeats: lost,
      totalRows: attempt.facts.totalRows,
      // A label that was summed up over stages may count a row more than once; a share stays within 1.
      replicaRows: min(provenance.rows(filledBy: .replica), attempt.facts.totalRows),
      zeroRows: min(provenance.rows(filledBy: .zero), attempt.facts.totalRows),
      timing: Timing(
        totalMicroseconds: now.microseconds(since: readyAt), computeMicroseconds: attempt.computeMicroseconds,
        exchangeMicroseconds: attempt.exchangeMicroseconds))
  }

  mutating func computeFailed(_ attempt: AttemptID, reason: String, _ out: inout Outbox) {
    if let running = requests.firstIndex(where: { $0.phase == .running(attempt) }) {
      finish(running, Outcome(kind: .failed, reason: reason), &out)
    } else {
      close(attempt, &out)
    }
  }

  /// The one place where a request ends: the attempt is closed everywhere, the outcome goes to the client.
  mutating func finish(
    _ index: Int, _ outcome: Outcome, outputs: BufferHandle? = nil, outputBytes: [Int] = [], _ out: inout Outbox
  ) {
    var request = requests.remove(at: index)
    request.releaseParts(&out)
    var plan = request.plan
    if case .running(let attempt) = request.phase {
      if let own = attemptIndex(attempt) {
        plan = attempts[own].facts.digest
        for entry in attempts[own].roster.entries {
          if let agent = entry?.agent, agent != me { out.send(.cancel(attempt), to: agent) }
        }
      }
      close(attempt, &out)
    }
    deliver(
      outcome, for: request.id, on: plan, outputs: outputs, outputBytes: outputBytes, deadline: request.deadline, &out)
    startQueued(&out)
  }

  private mutating func deliver(
    _ outcome: Outcome, for request: RequestID, on plan: PlanDigest?, outputs: BufferHandle?, outputBytes: [Int],
    deadline: Timestamp, _ out: inout Outbox
  ) {
    counters.outcomes[outcome.kind, default: 0] += 1
    out.add(.record(.answered(request, plan: plan, outcome)))
    guard let link = links.firstIndex(where: { $0.client == request.client }) else {
      if let outputs { out.add(.release(outputs)) }
      return
    }
    links[link].enqueue(
      outcome, for: request, outputs: outputs, outputBytes: outputBytes, deadline: deadline, &out)
  }

  private mutating func cancel(_ id: RequestID, _ out: inout Outbox) {
    guard let index = requests.firstIndex(where: { $0.id == id }) else { return }
    finish(index, Outcome(kind: .failed, reason: "cancelled by the client"), &out)
  }
}
