extension Membership {
  /// What this agent holds of a member, as one rumor.
  func rumor(about id: AgentID) -> Rumor? {
    if id == me.id { return .record(me) }
    guard let member = table[id]?.member else { return nil }
    let accusers = member.state == .suspect ? suspicions.first { $0.suspect == id }?.accusers ?? [] : []
    if let verdict = Verdict(about: member, accusers: accusers) { return .verdict(verdict) }
    return .record(member)
  }

  /// The rumors to ride on a message to `id`: first what it is thought of itself, so that it can refute; then this
  /// agent's own record, where the other may not know it; then the queue's, least sent and newest first.
  mutating func gossip(for id: AgentID, introducing: Bool = false) -> [Rumor] {
    var rumors: [Rumor] = []
    var bytes = 0
    var sent: [AgentID] = []
    func fits(_ rumor: Rumor) -> Bool {
      rumors.count < settings.gossipEntriesMax && bytes + rumor.bytesBound <= settings.gossipBytesMax
    }
    if let entry = table[id] {
      if entry.member.state != .alive, let verdict = rumor(about: id) {
        rumors.append(verdict)
        bytes += verdict.bytesBound
      }
      let own = Rumor.record(me)
      let isKnownThere = entry.introductions >= settings.introductions && entry.member.state == .alive
      if introducing || !isKnownThere, fits(own) {
        table.noteIntroduced(id)
        rumors.append(own)
        bytes += own.bytesBound
        sent.append(me.id)
      }
    }
    if !queue.isEmpty {
      for subject in queue.subjectsBySending() where subject != id && !sent.contains(subject) {
        guard rumors.count < settings.gossipEntriesMax else { break }
        guard let rumor = rumor(about: subject), fits(rumor) else { continue }
        rumors.append(rumor)
        bytes += rumor.bytesBound
        sent.append(subject)
      }
      queue.noteSent(sent, limit: settings.transmissions(members: presentCount))
    }
    return rumors
  }

  /// Spreads this agent's own record.
  mutating func announceMyself(to source: AgentID? = nil) {
    noteViewChange()
    queue.add(me.id)
    if let source, table[source] != nil { send(.gossip([.record(me)]), to: source) }
    push(about: me.id, besides: source)
  }

  /// Sends what this agent itself found out or says: to all in a small mesh, to a few in a large one, and to the one
  /// it is about, should it be accused.
  mutating func push(about id: AgentID, besides: AgentID? = nil) {
    guard let rumor = rumor(about: id) else { return }
    let all = presentCount <= settings.pushMembersMax
    let hearers = randomMembers(all ? settings.pushMembersMax : settings.pushFanOut) {
      $0.isPresent && $0.id != id && $0.id != besides
    }
    for hearer in hearers { send(.gossip([rumor]), to: hearer) }
    queue.noteSent([id], limit: settings.transmissions(members: presentCount))
    if id != me.id, let state = table[id]?.member.state, state != .alive { tell(id) }
  }

  /// Up to `count` different known members that qualify, at random.
  mutating func randomMembers(_ count: Int, where qualifies: (Member) -> Bool) -> [AgentID] {
    var candidates = table.entries.filter { qualifies($0.member) }.map(\.member.id)
    let taken = min(count, candidates.count)
    guard taken > 0 else { return [] }
    for index in 0..<taken {
      candidates.swapAt(index, index + generator.below(candidates.count - index))
    }
    return Array(candidates.prefix(taken))
  }

  mutating func send(_ message: Message, to id: AgentID) {
    guard let member = table[id]?.member else { return }
    effects.append(.send(message, to: Destination(id: id, address: member.address)))
  }

  /// To an address that the table does not hold for this identity.
  mutating func send(_ message: Message, toStranger member: Member) {
    effects.append(.send(message, to: Destination(id: nil, address: member.address)))
  }
}
