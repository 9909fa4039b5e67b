extension Membership {
  /// Probes the next member of the round; who has a probe under way is passed over.
  mutating func probeNext() {
    if round.isEmpty { beginRound() }
    for _ in 0..<max(1, round.count) {
      guard let id = round.popLast() else { return }
      guard let entry = table[id], entry.member.isPresent, !probes.contains(where: { $0.target == id }) else {
        continue
      }
      probe(id)
      return
    }
  }

  private mutating func beginRound() {
    round = table.entries.filter(\.member.isPresent).map(\.member.id)
    generator.shuffle(&round)
  }

  /// Puts a new member at a random place of the running round.
  mutating func joinRound(_ id: AgentID) {
    guard !round.contains(id) else { return }
    round.insert(id, at: generator.below(round.count + 1))
  }

  mutating func probe(_ id: AgentID) {
    guard let entry = table[id], !probes.contains(where: { $0.target == id }) else { return }
    let direct = settings.directTimeout * health.multiplier
    let probe = Probe(
      target: id, sequence: nextSequence(), helpersAt: now + direct,
      failsAt: now + direct + settings.indirectTimeout * health.multiplier,
      countsForHealth: entry.member.state == .alive)
    probes.append(probe)
    ping(id, sequence: probe.sequence, introducing: false)
  }

  func isProbeDue(_ probe: Probe) -> Bool {
    now >= (probe.helpersAsked ? probe.failsAt : probe.helpersAt)
  }

  mutating func advanceProbes() {
    var failed: [Probe] = []
    for index in probes.indices where isProbeDue(probes[index]) {
      if !probes[index].helpersAsked { askHelpers(index) }
      if now >= probes[index].failsAt { failed.append(probes[index]) }
    }
    guard !failed.isEmpty else { return }
    probes.removeAll { now >= $0.failsAt && $0.helpersAsked }
    for probe in failed { fail(probe) }
  }

  /// Asks helpers, and the member itself once more, with this agent's record: it may have restarted and not know us.
  private mutating func askHelpers(_ index: Int) {
    let probe = probes[index]
    probes[index].helpersAsked = true
    // Counted from now, should this come late: the helpers get their time.
    probes[index].failsAt = now + settings.indirectTimeout * health.multiplier
    probes[index].helpers = randomMembers(settings.helpers) { $0.state == .alive && $0.id != probe.target }
    for helper in probes[index].helpers {
      let news = gossip(for: helper)
      send(.pingRequest(sequence: probe.sequence, target: probe.target, gossip: news), to: helper)
    }
    ping(probe.target, sequence: probe.sequence, introducing: true)
  }

  private mutating func fail(_ probe: Probe) {
    if probe.countsForHealth {
      health.worsen(by: probe.helpers.isEmpty ? 1 : probe.helpers.count - probe.nacks.count)
    }
    accuse(probe.target)
  }

  /// Ends the probe of a member that proved to be there.
  mutating func endProbe(of id: AgentID) {
    probes.removeAll { $0.target == id }
  }

  mutating func ping(_ id: AgentID, sequence: UInt32, introducing: Bool) {
    let news = gossip(for: id, introducing: introducing)
    send(.ping(sequence: sequence, target: id, digest: digest, gossip: news), to: id)
  }

  mutating func receivePing(sequence: UInt32, target: AgentID, from sender: AgentID) {
    // Another agent may have taken the address of the one that is meant.
    guard target == me.id, table[sender] != nil else { return }
    send(.ack(sequence: sequence, digest: digest, gossip: gossip(for: sender)), to: sender)
  }

  mutating func receiveAck(sequence: UInt32, from sender: AgentID) {
    if let probe = probes.first(where: { $0.sequence == sequence }) {
      guard probe.target == sender || probe.helpers.contains(sender) else { return }
      // Only a direct answer in time speaks for this agent's own health.
      if !probe.helpersAsked { health.improve() }
      endProbe(of: probe.target)
    } else if let index = relays.firstIndex(where: { $0.sequence == sequence && $0.target == sender }) {
      let relay = relays.remove(at: index)
      let news = gossip(for: relay.requester)
      send(.ack(sequence: relay.requesterSequence, digest: digest, gossip: news), to: relay.requester)
    }
  }

  mutating func receivePingRequest(sequence: UInt32, target: AgentID, from requester: AgentID) {
    guard table[requester] != nil, target != requester, relays.count < settings.relaysMax else { return }
    if target == me.id {
      send(.ack(sequence: sequence, digest: digest, gossip: gossip(for: requester)), to: requester)
      return
    }
    guard table[target] != nil else {
      send(.nack(sequence: sequence, gossip: gossip(for: requester)), to: requester)
      return
    }
    let relay = Relay(
      target: target, sequence: nextSequence(), requester: requester, requesterSequence: sequence,
      nackAt: now + settings.indirectTimeout * settings.nackPercent / 100, endsAt: now + settings.period * 2)
    relays.append(relay)
    ping(target, sequence: relay.sequence, introducing: false)
  }

  mutating func receiveNack(sequence: UInt32, from sender: AgentID) {
    guard let index = probes.firstIndex(where: { $0.sequence == sequence }) else { return }
    guard probes[index].helpers.contains(sender), !probes[index].nacks.contains(sender) else { return }
    probes[index].nacks.append(sender)
  }

  mutating func advanceRelays() {
    for index in relays.indices where !relays[index].nackSent && now >= relays[index].nackAt {
      relays[index].nackSent = true
      let relay = relays[index]
      send(.nack(sequence: relay.requesterSequence, gossip: gossip(for: relay.requester)), to: relay.requester)
    }
    relays.removeAll { now >= $0.endsAt }
  }

  /// Pings one random dead member: a healed partition or a board back from a long freeze is found so.
  mutating func probeOneDead() {
    guard let id = randomMembers(1, where: { $0.state == .dead }).first else { return }
    ping(id, sequence: nextSequence(), introducing: true)
  }
}
