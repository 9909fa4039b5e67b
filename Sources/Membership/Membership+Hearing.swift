extension Membership {
  /// How a statement came here, which decides how far it is believed.
  enum Channel: Hashable, Sendable {
    case gossip
    case join
    case view
    /// The view that lets this agent in: not news to anyone else.
    case bootstrap
  }

  mutating func receive(_ message: Message, from sender: Sender) {
    if case .join(let sequence, let member) = message {
      receiveJoin(member, sequence: sequence, from: sender)
      return
    }
    if case .refusal(let sequence, let refusal) = message {
      receiveRefusal(refusal, sequence: sequence)
      return
    }
    guard sender.id != me.id else { return }
    guard !isStale(sender) else {
      answerStale(sender, message)
      return
    }
    // News first: it may hold the sender's refutation of what we are about to tell it.
    // And records before verdicts, so that whom we have to answer is known.
    let rumors = message.rumors.prefix(settings.gossipEntriesMax)
    let wasAlone = table.presentCount == 0
    for case .record(let member) in rumors { hear(member, from: sender.id, by: .gossip) }
    for case .verdict(let verdict) in rumors { hear(verdict, from: sender.id) }
    if wasAlone, table.presentCount > 0 { askForView(sender.id) }
    if case .view(let view) = message { receiveView(view, from: sender.id) }
    guard standing == .active else { return }
    switch message {
    case .ping(let sequence, let target, let digest, _):
      receivePing(sequence: sequence, target: target, from: sender.id)
      compareDigest(digest, with: sender.id)
    case .ack(let sequence, let digest, _):
      receiveAck(sequence: sequence, from: sender.id)
      proveAlive(sender, sequence: sequence)
      compareDigest(digest, with: sender.id)
    case .pingRequest(let sequence, let target, _):
      receivePingRequest(sequence: sequence, target: target, from: sender.id)
    case .nack(let sequence, _):
      receiveNack(sequence: sequence, from: sender.id)
    case .gossip, .join, .view, .refusal: break
    }
    // Last: an answer first counts as the answer it is.
    hearFrame(from: sender)
  }

  /// Any authentic frame is a sign of life of its sender's incarnation.
  mutating func hearFrame(from sender: Sender) {
    guard sender.id != me.id, let entry = table[sender.id] else { return }
    let held = entry.member
    if sender.incarnation == held.incarnation {
      guard held.state != .left else { return }
      table.noteHeard(sender.id, at: now)
      endProbe(of: sender.id)
      if held.state != .alive { tell(sender.id) }
    } else if sender.incarnation > held.incarnation, mayTell(entry) {
      // It restarted and its record has not reached us: ask for it.
      table.noteTold(sender.id, at: now)
      send(.join(sequence: nextSequence(), member: me), to: sender.id)
    }
  }

  /// A frame of an incarnation that is over.
  private func isStale(_ sender: Sender) -> Bool {
    guard let held = table[sender.id]?.member else { return false }
    return sender.incarnation < held.incarnation
  }

  /// A frame of an ended incarnation changes nothing; but a sender that says where it listens is told who it is held
  /// to be by now, so that it stands down.
  private mutating func answerStale(_ sender: Sender, _ message: Message) {
    guard let entry = table[sender.id], mayTell(entry) else { return }
    for rumor in message.rumors.prefix(settings.gossipEntriesMax) {
      guard case .record(let member) = rumor, member.id == sender.id else { continue }
      table.noteTold(sender.id, at: now)
      send(.gossip([.record(entry.member)]), toStranger: member)
      return
    }
  }

  mutating func hear(_ record: Member, from source: AgentID, by channel: Channel) {
    guard standing == .active else { return }
    guard record.id != me.id else {
      hearOfMyself(record.precedence, record: record, from: source)
      return
    }
    guard let entry = table[record.id] else {
      meet(record, by: channel)
      return
    }
    let held = entry.member
    if record.incarnation == held.incarnation, record.address != held.address {
      reportDuplicate(record)
      return
    }
    hold(held.merged(with: record), over: entry, accusers: [], by: channel)
  }

  private mutating func hear(_ verdict: Verdict, from source: AgentID) {
    guard standing == .active else { return }
    guard verdict.id != me.id else {
      hearOfMyself(verdict.precedence, record: nil, from: source)
      return
    }
    guard let entry = table[verdict.id], entry.member.incarnation == verdict.incarnation else { return }
    let held = entry.member
    guard verdict.precedence >= held.precedence else { return }
    var judged = held
    judged.refutation = verdict.refutation
    judged.state = verdict.state
    hold(judged, over: entry, accusers: verdict.state == .suspect ? verdict.accusers : [], by: .gossip)
  }

  /// A member of whom nothing was known.
  private mutating func meet(_ record: Member, by channel: Channel) {
    if record.isPresent {
      guard hasRoom(for: record) else { return }
    } else {
      // Others remember it each in their own time; who did not see it go need not, unless new here.
      guard channel == .bootstrap else { return }
      makeRoomForAbsent()
    }
    // An absent one was learned second-hand: it counts as half forgotten, and so is not passed on a second time.
    let since = record.isPresent ? now : now - settings.absentKept / 2
    table.put(MemberTable.Entry(member: record, lastHeard: nil, lastTold: nil, since: since))
    afterChange(to: record, from: nil, accusers: [], by: channel)
  }

  /// Holds `stated` from now on where it is later than what is held; hearsay of a death is believed as a suspicion
  /// only, where it comes in a view or contradicts one's own ears.
  mutating func hold(_ stated: Member, over entry: MemberTable.Entry, accusers: [AgentID], by channel: Channel) {
    let held = entry.member
    var stated = stated
    if stated.state == .dead, held.isPresent, stated.incarnation == held.incarnation,
      channel == .view || channel == .bootstrap || heardLately(entry)
    {
      stated.state = .suspect
      if stated.precedence <= held.precedence {
        stated.refutation = held.refutation
        stated.state = held.state
        tell(held.id)
      }
    }
    guard stated != held || !accusers.isEmpty else { return }
    if stated.isPresent, !held.isPresent {
      guard hasRoom(for: stated) else { return }
    }
    if stated != held {
      var entry = entry
      if stated.precedence != held.precedence { entry.since = now }
      if stated.incarnation != held.incarnation {
        entry.lastHeard = nil
        entry.lastTold = nil
        entry.introductions = 0
      }
      entry.member = stated
      if held.isPresent, !stated.isPresent { makeRoomForAbsent() }
      table.put(entry)
    }
    afterChange(to: stated, from: held, accusers: accusers, by: channel)
  }

  private func heardLately(_ entry: MemberTable.Entry) -> Bool {
    guard let heard = entry.lastHeard else { return false }
    return now - heard < settings.signOfLife
  }

  private mutating func afterChange(to member: Member, from old: Member?, accusers: [AgentID], by channel: Channel) {
    let isNews = channel != .bootstrap
    var worthPassingOn = member != old
    if member.state == .suspect {
      let begun = member.precedence != old?.precedence
      if begun { dropSuspicion(of: member.id) }
      worthPassingOn = addAccusers(accusers, to: member.id) || worthPassingOn
    } else {
      dropSuspicion(of: member.id)
    }
    if !member.isPresent {
      probes.removeAll { $0.target == member.id }
    } else if old?.isPresent != true || old?.incarnation != member.incarnation {
      joinRound(member.id)
    }
    if member.digest != (old?.digest ?? 0) { noteViewChange() }
    if member != old { effects.append(.changed(member, was: old)) }
    if worthPassingOn, isNews { queue.add(member.id) }
    if channel == .view || channel == .bootstrap, member.state == .suspect { tell(member.id) }
    if table.presentCount == 0 { resetJoining() }
  }

  private mutating func hasRoom(for member: Member) -> Bool {
    if presentCount < settings.membersMax { return true }
    if now >= nextReportAt {
      nextReportAt = now + .seconds(1)
      effects.append(.turnedAway(member, .meshFull(limit: UInt32(clamping: settings.membersMax))))
    }
    return false
  }

  /// Forgets the longest absent where one more would be over the bound.
  private mutating func makeRoomForAbsent() {
    guard table.absentCount >= settings.absentMax else { return }
    let oldest = table.entries.filter { !$0.member.isPresent }.min { $0.since < $1.since }
    if let oldest { forget(oldest.member) }
  }

  mutating func forgetLongAbsent() {
    for entry in table.entries where !entry.member.isPresent && now - entry.since > settings.absentKept {
      forget(entry.member)
    }
  }

  private mutating func forget(_ member: Member) {
    table.remove(member.id)
    queue.remove(member.id)
    effects.append(.forgotten(member))
  }

  mutating func reportDuplicate(_ other: Member) {
    guard now >= nextReportAt else { return }
    nextReportAt = now + .seconds(1)
    effects.append(.duplicateIdentity(of: other.id, incarnation: other.incarnation, address: other.address))
  }
}
