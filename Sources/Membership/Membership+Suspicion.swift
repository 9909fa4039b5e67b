extension Membership {
  /// This agent's own finding that a member does not answer.
  mutating func accuse(_ id: AgentID) {
    guard let entry = table[id], entry.member.isPresent else { return }
    var judged = entry.member
    judged.state = .suspect
    let known = suspicions.first { $0.suspect == id }?.accusers ?? []
    hold(judged, over: entry, accusers: [me.id], by: .gossip)
    let accusers = suspicions.first { $0.suspect == id }?.accusers ?? []
    if accusers != known { push(about: id) }
  }

  /// A dropped connection is an accusation like any other: the accused is told and can refute.
  mutating func disconnected(_ id: AgentID) {
    accuse(id)
  }

  /// Begins the suspicion of a member, or adds to its accusers. Says whether there was anything new in it.
  mutating func addAccusers(_ accusers: [AgentID], to suspect: AgentID) -> Bool {
    let fresh: Suspicion? =
      suspicions.contains { $0.suspect == suspect }
      ? nil : Suspicion(suspect: suspect, since: now, accusers: [], endsAt: now)
    if let fresh { suspicions.append(fresh) }
    guard let index = suspicions.firstIndex(where: { $0.suspect == suspect }) else { return false }
    let before = suspicions[index].accusers.count
    for accuser in accusers where accuser != suspect && !suspicions[index].accusers.contains(accuser) {
      if suspicions[index].accusers.count <= settings.confirmations { suspicions[index].accusers.append(accuser) }
    }
    setEnd(index)
    return fresh != nil || suspicions[index].accusers.count > before
  }

  private mutating func setEnd(_ index: Int) {
    let confirmations = max(0, suspicions[index].accusers.count - 1)
    let timeout = settings.suspicionTimeout(confirmations: confirmations, members: presentCount)
    suspicions[index].endsAt = suspicions[index].since + timeout
  }

  mutating func dropSuspicion(of id: AgentID) {
    suspicions.removeAll { $0.suspect == id }
  }

  mutating func advanceSuspicions() {
    for suspicion in suspicions where now >= suspicion.endsAt { judge(suspicion) }
  }

  private mutating func judge(_ suspicion: Suspicion) {
    guard var entry = table[suspicion.suspect], entry.member.state == .suspect else {
      dropSuspicion(of: suspicion.suspect)
      return
    }
    if let heard = entry.lastHeard, heard > suspicion.since, suspicion.extensions < settings.suspicionExtensions,
      let index = suspicions.firstIndex(where: { $0.suspect == suspicion.suspect })
    {
      // We have heard it since: it only has not heard of the suspicion. Tell it, and wait again.
      suspicions[index].since = now
      suspicions[index].extensions += 1
      setEnd(index)
      tell(suspicion.suspect)
      return
    }
    dropSuspicion(of: suspicion.suspect)
    var judged = entry.member
    judged.state = .dead
    entry.lastHeard = nil
    hold(judged, over: entry, accusers: [], by: .gossip)
    push(about: suspicion.suspect)
  }

  /// Tells a member what is thought of it, so that it can refute.
  mutating func tell(_ id: AgentID) {
    guard let entry = table[id], mayTell(entry) else { return }
    table.noteTold(id, at: now)
    send(.gossip(gossip(for: id)), to: id)
  }

  func mayTell(_ entry: MemberTable.Entry) -> Bool {
    guard let told = entry.lastTold else { return true }
    return now - told >= settings.tellInterval
  }

  /// What others hold of this agent. Only the agent itself can refute it.
  mutating func hearOfMyself(_ precedence: Member.Precedence, record: Member?, from source: AgentID) {
    if precedence.incarnation < me.incarnation {
      setRight(source)
      return
    }
    if precedence.incarnation > me.incarnation {
      hearOfLaterMe(precedence, record: record)
      return
    }
    if let record, record.address != me.address {
      reportDuplicate(record)
      return
    }
    guard precedence.state != .left, precedence.refutation < .max, (record?.payloadVersion ?? 0) < .max else {
      // Our good-bye of this incarnation, or counters that can't be raised any more: only a new incarnation helps.
      stepDown(.staleIncarnation(known: me.incarnation))
      return
    }
    var isNews = false
    if precedence.state != .alive, precedence.refutation >= me.refutation {
      me.refutation = precedence.refutation + 1
      health.worsen()
      isNews = true
    } else if precedence.refutation > me.refutation {
      me.refutation = precedence.refutation
      isNews = true
    }
    if let record, record.payloadVersion > me.payloadVersion {
      me.payloadVersion = record.payloadVersion + 1
      isNews = true
    }
    guard isNews else {
      if precedence.state != .alive { setRight(source) }
      return
    }
    announceMyself(to: source)
  }

  /// The other has not heard of a refutation or of this incarnation: its accusation is out of date.
  private mutating func setRight(_ source: AgentID) {
    guard let entry = table[source], mayTell(entry) else { return }
    table.noteTold(source, at: now)
    send(.gossip([.record(me)]), to: source)
  }

  /// The mesh holds a later incarnation of this agent: either the counter fell back, or another lives under this
  /// identity. Frames of this incarnation are void for all who know, so this agent stands down.
  private mutating func hearOfLaterMe(_ precedence: Member.Precedence, record: Member?) {
    if let record, record.isPresent, record.address != me.address {
      effects.append(.duplicateIdentity(of: me.id, incarnation: record.incarnation, address: record.address))
      stepDown(.duplicateIdentity(incarnation: record.incarnation, address: record.address))
    } else {
      stepDown(.staleIncarnation(known: precedence.incarnation))
    }
  }

  mutating func stepDown(_ refusal: Refusal) {
    standing = .refused(refusal)
    effects.append(.refused(refusal))
  }
}
