import Membership

// Frames of other agents.
extension AgentMind {
  mutating func receive(_ frame: Frame, buffer: BufferHandle?, _ out: inout Outbox) {
    if case .membership(let message) = frame.body {
      release(buffer, &out)
      let sender = Sender(id: frame.sender, incarnation: frame.incarnation)
      apply(membership.step(.received(message, from: sender), at: out.now), &out)
      return
    }
    guard frame.sender != me else {
      release(buffer, &out)
      return dropFrame("a frame in this agent's own name", &out)
    }
    apply(membership.step(.heard(Sender(id: frame.sender, incarnation: frame.incarnation)), at: out.now), &out)
    switch frame.body {
    case .membership: break
    case .open(let open):
      release(buffer, &out)
      self.open(open, from: frame, &out)
    case .chunk(let chunk):
      guard let buffer else { return dropFrame("chunk without bytes", &out) }
      receive(chunk, from: frame.sender, frame.incarnation, buffer: buffer, &out)
    case .want(let want):
      release(buffer, &out)
      receive(want, from: frame.sender, frame.incarnation, &out)
    case .progress(let progress):
      release(buffer, &out)
      guard let (index, seat) = seated(progress.attempt, frame.sender, frame.incarnation) else { return }
      attempts[index].heard(from: seat, peers, now: out.now)
    case .cancel(let attempt):
      release(buffer, &out)
      guard attempt.gateway == frame.sender, attempt.gatewayIncarnation == frame.incarnation else {
        return dropFrame("cancel from another than the gateway", &out)
      }
      close(attempt, &out)
    }
  }

  private func release(_ buffer: BufferHandle?, _ out: inout Outbox) {
    if let buffer { out.add(.release(buffer)) }
  }

  mutating func dropFrame(_ reason: String, _ out: inout Outbox) {
    counters.framesDropped += 1
    out.add(.record(.frameDropped(reason)))
  }

  /// The attempt and the sender's seat in it, where the roster names that very incarnation of it.
  private func seated(_ attempt: AttemptID, _ sender: AgentID, _ incarnation: UInt64) -> (index: Int, seat: Int)? {
    guard let index = attemptIndex(attempt), let seat = attempts[index].roster.seat(of: sender),
      attempts[index].roster.entries[seat]?.incarnation == incarnation
    else { return nil }
    return (index, seat)
  }

  // MARK: Opening

  private mutating func open(_ open: OpenAttempt, from frame: Frame, _ out: inout Outbox) {
    guard open.attempt.gateway == frame.sender, open.attempt.gatewayIncarnation == frame.incarnation,
      open.roster.seat(of: frame.sender) == open.gatewaySeat
    else { return dropFrame("opening from another than the gateway", &out) }
    guard attemptIndex(open.attempt) == nil, !recentlyClosed.contains(open.attempt) else { return }
    guard let seat = open.roster.seat(of: me), open.roster.entries[seat]?.incarnation == incarnation else {
      return dropFrame("opening for another incarnation", &out)
    }
    // A gateway runs fewer: the end of the oldest was lost on the way.
    let others = attempts.map(\.id).filter { $0.gateway == frame.sender }
    if others.count >= Limits.attemptsPerGateway, let oldest = others.first { close(oldest, &out) }
    // The rest is for this agent's own requests.
    guard attempts.count < Limits.attemptsPerSeat - Limits.requestsRunning else {
      return dropFrame("opening over the limit of \(Limits.attemptsPerSeat) attempts", &out)
    }
    begin(open, seat: seat, &out)
  }

  /// Begins an attempt at this seat; false where the plan is not held or too many run.
  @discardableResult
  mutating func begin(_ open: OpenAttempt, seat: Int, _ out: inout Outbox) -> Bool {
    guard let plan = held.first(where: { $0.facts.digest == open.plan }), plan.seat == seat,
      open.roster.entries.count == plan.facts.seatCount
    else {
      dropFrame("opening for a plan or seat that this agent does not hold", &out)
      return false
    }
    guard attempts.count < Limits.attemptsPerSeat else {
      dropFrame("opening over the limit of \(Limits.attemptsPerSeat) attempts", &out)
      return false
    }
    let attempt = SeatAttempt(open, facts: plan.facts, seat: seat, peers: peers, now: out.now)
    counters.attemptsServed += 1
    out.add(.open(open.attempt, plan: open.plan, deadline: attempt.deadline))
    attempts.append(attempt)
    attempts[attempts.count - 1].advance(&peers, &out)
    replayEarly(open.attempt, &out)
    return true
  }

  private mutating func replayEarly(_ attempt: AttemptID, _ out: inout Outbox) {
    let waiting = early.filter { $0.attempt == attempt }
    early.removeAll { $0.attempt == attempt }
    for frame in waiting {
      earlyBytes -= frame.bytes
      if let chunk = frame.chunk, let buffer = frame.buffer {
        receive(chunk, from: frame.sender, frame.incarnation, buffer: buffer, &out)
      } else if let want = frame.want {
        receive(want, from: frame.sender, frame.incarnation, &out)
      }
    }
  }

  private mutating func keepEarly(_ frame: EarlyFrame, _ out: inout Outbox) {
    guard early.count < Limits.earlyFrames, earlyBytes + frame.bytes <= Limits.earlyBytes else {
      release(frame.buffer, &out)
      return dropFrame("too many frames ahead of their opening", &out)
    }
    earlyBytes += frame.bytes
    early.append(frame)
  }

  // MARK: Chunks and wants

  private mutating func receive(
    _ chunk: Chunk, from sender: AgentID, _ incarnation: UInt64, buffer: BufferHandle, _ out: inout Outbox
  ) {
    guard attemptIndex(chunk.attempt) != nil else {
      guard !recentlyClosed.contains(chunk.attempt) else {
        // A late slice: the seat lives and counts from the next request on.
        if membership.member(sender)?.incarnation == incarnation { peers.reinstate(sender, incarnation: incarnation) }
        return out.add(.release(buffer))
      }
      let until = out.now.advanced(milliseconds: Limits.earlyMilliseconds)
      return keepEarly(
        EarlyFrame(
          sender: sender, incarnation: incarnation, chunk: chunk, want: nil, attempt: chunk.attempt, buffer: buffer,
          until: until), &out)
    }
    guard let (index, seat) = seated(chunk.attempt, sender, incarnation) else {
      out.add(.release(buffer))
      return dropFrame("chunk off the roster", &out)
    }
    attempts[index].heard(from: seat, peers, now: out.now)
    switch chunk.content {
    case .input(let input):
      guard seat == attempts[index].gatewaySeat, attempts[index].inputs.indices.contains(input),
        chunk.totalBytes == attempts[index].inputs[input].totalBytes
      else {
        out.add(.release(buffer))
        return dropFrame("input chunk that does not fit", &out)
      }
      place(input: input, offset: chunk.offset, length: chunk.length, buffer: buffer, attempt: index, &out)
    case .slice(let stage, let owner):
      let fits = attempts[index].receive(
        chunk, stage: stage, owner: owner, from: seat, buffer: buffer, &peers, &out)
      if !fits { dropFrame("slice chunk that does not fit the plan", &out) }
    }
  }

  /// Takes in a chunk of a network input at this seat.
  mutating func place(
    input: Int, offset: Int, length: Int, buffer: BufferHandle, attempt index: Int, _ out: inout Outbox
  ) {
    switch attempts[index].receiveInput(input, offset: offset, length: length) {
    case .new:
      out.add(.placeInput(attempts[index].id, input: input, offset: offset, buffer))
      attempts[index].advance(&peers, &out)
    case .duplicate:
      out.add(.release(buffer))
    case .malformed:
      out.add(.release(buffer))
      dropFrame("input chunk that does not fit", &out)
    }
  }

  private mutating func receive(_ want: Want, from sender: AgentID, _ incarnation: UInt64, _ out: inout Outbox) {
    guard attemptIndex(want.attempt) != nil else {
      guard !recentlyClosed.contains(want.attempt) else { return }
      let until = out.now.advanced(milliseconds: Limits.earlyMilliseconds)
      return keepEarly(
        EarlyFrame(
          sender: sender, incarnation: incarnation, chunk: nil, want: want, attempt: want.attempt, buffer: nil,
          until: until), &out)
    }
    guard let (index, seat) = seated(want.attempt, sender, incarnation) else {
      return dropFrame("want off the roster", &out)
    }
    attempts[index].heard(from: seat, peers, now: out.now)
    attempts[index].requestReplicaWork(want.stage, owner: want.owner, for: seat, &out)
  }

  // MARK: The worker's results

  mutating func computed(
    _ attempt: AttemptID, _ unit: WorkUnit, buffer: BufferHandle, microseconds: Int, _ out: inout Outbox
  ) {
    guard let index = attemptIndex(attempt) else { return out.add(.release(buffer)) }
    attempts[index].computed(unit, buffer: buffer, microseconds: microseconds, &peers, &out)
  }

  /// Ends an attempt at this seat.
  mutating func close(_ attempt: AttemptID, _ out: inout Outbox) {
    remember(closed: attempt)
    for frame in early where frame.attempt == attempt {
      earlyBytes -= frame.bytes
      release(frame.buffer, &out)
    }
    early.removeAll { $0.attempt == attempt }
    guard let index = attemptIndex(attempt) else { return }
    attempts.remove(at: index)
    out.add(.close(attempt))
  }

  private mutating func remember(closed attempt: AttemptID) {
    guard !recentlyClosed.contains(attempt) else { return }
    recentlyClosed.append(attempt)
    if recentlyClosed.count > 4 * Limits.attemptsPerSeat { recentlyClosed.removeFirst() }
  }
}
