extension Membership {
  /// Alone again: ask the seeds at once, and from the shortest interval.
  mutating func resetJoining() {
    hasJoined = false
    joinInterval = settings.joinInterval
    nextJoinAt = min(nextJoinAt, now + settings.joinInterval)
  }

  /// The first other agent found us: ask it who else there is.
  mutating func askForView(_ id: AgentID) {
    let sequence = UInt32(truncatingIfNeeded: generator.next() | 1)
    bootstrapSequence = sequence
    send(.join(sequence: sequence, member: me), to: id)
  }

  /// Asks some of the seeds that are not known to be among the present members.
  mutating func askSeeds() {
    let isAlone = table.presentCount == 0
    if isAlone {
      nextJoinAt = now + joinInterval
      joinInterval = min(joinInterval * 2, settings.joinIntervalMax)
    } else {
      nextJoinAt = now + settings.seedInterval
    }
    var asked = 0
    for step in 0..<seeds.count where asked < settings.seedsAtOnce {
      let index = (seedCursor + step) % seeds.count
      guard isWorthAsking(seeds[index]) else { continue }
      asked += 1
      // Random, so that a join which comes back here is known as our own and not a clone's.
      let sequence = UInt32(truncatingIfNeeded: generator.next() | 1)
      seeds[index].sequence = sequence
      let join = Message.join(sequence: sequence, member: me)
      effects.append(.send(join, to: Destination(id: nil, address: seeds[index].address)))
      if asked == settings.seedsAtOnce { seedCursor = (index + 1) % seeds.count }
    }
  }

  private func isWorthAsking(_ seed: Seed) -> Bool {
    guard !seed.isMyself else { return false }
    if let agent = seed.agent, table[agent]?.member.isPresent == true { return false }
    return !table.entries.contains { $0.member.isPresent && $0.member.address == seed.address }
  }

  mutating func receiveJoin(_ newcomer: Member, sequence: UInt32, from sender: Sender) {
    guard newcomer.id == sender.id, newcomer.incarnation == sender.incarnation, newcomer.state == .alive else { return }
    if newcomer.id == me.id {
      receiveOwnJoin(newcomer, sequence: sequence)
      return
    }
    guard let entry = table[newcomer.id] else {
      admit(newcomer, sequence: sequence)
      return
    }
    let held = entry.member
    let isSameMachine = newcomer.address == held.address
    if newcomer.incarnation > held.incarnation {
      if isSameMachine || !held.isPresent { admit(newcomer, sequence: sequence) } else { challenge(newcomer, sequence) }
    } else if newcomer.incarnation == held.incarnation, isSameMachine, held.state != .left {
      admit(newcomer, sequence: sequence)
      hearFrame(from: sender)
    } else if held.isPresent, !isSameMachine {
      challenge(newcomer, sequence)
    } else {
      turnAway(newcomer, .staleIncarnation(known: held.incarnation), sequence: sequence)
    }
  }

  /// A join under this agent's own identity: its own, come back over a seed address, or a live duplicate's.
  private mutating func receiveOwnJoin(_ newcomer: Member, sequence: UInt32) {
    if newcomer.incarnation == me.incarnation, newcomer.address == me.address,
      let index = seeds.firstIndex(where: { $0.sequence == sequence })
    {
      seeds[index].isMyself = true
      return
    }
    reportDuplicate(newcomer)
    turnAway(newcomer, .duplicateIdentity(incarnation: me.incarnation, address: me.address), sequence: sequence)
  }

  private mutating func admit(_ newcomer: Member, sequence: UInt32) {
    let held = table[newcomer.id]?.member
    guard held?.isPresent == true || presentCount < settings.membersMax else {
      turnAway(newcomer, .meshFull(limit: UInt32(clamping: settings.membersMax)), sequence: sequence)
      return
    }
    hear(newcomer, from: newcomer.id, by: .join)
    guard let now = table[newcomer.id]?.member else { return }
    if now != held { push(about: newcomer.id) }
    sendView(to: newcomer.id, sequence: sequence, wantsReply: true)
  }

  private mutating func turnAway(_ newcomer: Member, _ refusal: Refusal, sequence: UInt32) {
    effects.append(.turnedAway(newcomer, refusal))
    send(.refusal(sequence: sequence, refusal), toStranger: newcomer)
  }

  // MARK: Identities claimed twice

  /// Asks the agent that holds the newcomer's identity, at its own address, whether it still lives.
  private mutating func challenge(_ newcomer: Member, _ sequence: UInt32) {
    if let index = challenges.firstIndex(where: {
      $0.newcomer.id == newcomer.id && $0.newcomer.incarnation == newcomer.incarnation
        && $0.newcomer.address == newcomer.address
    }) {
      challenges[index].joinSequence = sequence
      return
    }
    guard challenges.count < settings.challengesMax, let held = table[newcomer.id]?.member else { return }
    let challenge = Challenge(
      newcomer: newcomer, heldIncarnation: held.incarnation, joinSequence: sequence, sequence: nextSequence(),
      againAt: now + settings.challengeTimeout / 3, endsAt: now + settings.challengeTimeout)
    challenges.append(challenge)
    ping(newcomer.id, sequence: challenge.sequence, introducing: true)
  }

  /// The held agent answered a challenge: it lives, so the newcomer that claims its identity does not get in.
  mutating func proveAlive(_ sender: Sender, sequence: UInt32) {
    guard
      let index = challenges.firstIndex(where: {
        $0.sequence == sequence && $0.newcomer.id == sender.id && $0.heldIncarnation == sender.incarnation
      })
    else { return }
    let challenge = challenges.remove(at: index)
    let address = table[sender.id]?.member.address ?? ""
    reportDuplicate(challenge.newcomer)
    let refusal = Refusal.duplicateIdentity(incarnation: sender.incarnation, address: address)
    turnAway(challenge.newcomer, refusal, sequence: challenge.joinSequence)
  }

  mutating func advanceChallenges() {
    guard !challenges.isEmpty else { return }
    for index in challenges.indices where challenges[index].asked < 2 && now >= challenges[index].againAt {
      challenges[index].asked = 2
      ping(challenges[index].newcomer.id, sequence: challenges[index].sequence, introducing: true)
    }
    let silent = challenges.filter { now >= $0.endsAt && $0.asked >= 2 }
    challenges.removeAll { now >= $0.endsAt && $0.asked >= 2 }
    for challenge in silent {
      let newcomer = challenge.newcomer
      guard let held = table[newcomer.id]?.member, newcomer.incarnation <= held.incarnation else {
        admit(newcomer, sequence: challenge.joinSequence)
        continue
      }
      turnAway(newcomer, .staleIncarnation(known: held.incarnation), sequence: challenge.joinSequence)
    }
  }

  /// Only the answer to a join of ours can refuse us.
  mutating func receiveRefusal(_ refusal: Refusal, sequence: UInt32) {
    guard let index = seeds.firstIndex(where: { $0.sequence == sequence }) else { return }
    seeds[index].sequence = nil
    guard case .meshFull = refusal else {
      stepDown(refusal)
      return
    }
    guard table.presentCount == 0 else { return }
    nextJoinAt = max(nextJoinAt, now + settings.seedInterval)
    effects.append(.refused(refusal))
  }
}
