extension Membership {
  /// This agent's view changed: differing digests are natural for a while.
  mutating func noteViewChange() {
    viewChangedAt = now
    exchangeInterval = settings.exchangeInterval
    nextExchangeAt = min(nextExchangeAt, now + exchangeInterval)
  }

  /// Two views that differ although nothing has changed here for a while have missed something: exchange them.
  mutating func compareDigest(_ other: UInt64, with id: AgentID) {
    guard other != digest, now - viewChangedAt >= settings.exchangeSettle, now >= nextExchangeAt else { return }
    guard table[id]?.member.isPresent == true else { return }
    nextExchangeAt = now + exchangeInterval
    exchangeInterval = min(exchangeInterval * 2, settings.exchangeIntervalMax)
    sendView(to: id, sequence: 0, wantsReply: true)
  }

  mutating func sendView(to id: AgentID, sequence: UInt32, wantsReply: Bool) {
    let pages = viewPages()
    for (index, members) in pages.enumerated() {
      let isLast = index == pages.count - 1
      let view = View(sequence: sequence, digest: digest, wantsReply: wantsReply && isLast, members: members)
      send(.view(view), to: id)
    }
  }

  /// The view, itself included, cut into pages of bounded size. Who has been absent for long is left out.
  private func viewPages() -> [[Member]] {
    var pages: [[Member]] = []
    var page = [me]
    var bytes = me.bytesBound
    for entry in table.entries {
      let member = entry.member
      guard member.isPresent || now - entry.since < settings.absentKept / 2 else { continue }
      if bytes + member.bytesBound > settings.viewPageBytes {
        pages.append(page)
        page = []
        bytes = 0
      }
      page.append(member)
      bytes += member.bytesBound
    }
    pages.append(page)
    return pages
  }

  mutating func receiveView(_ view: View, from sender: AgentID) {
    if view.sequence != 0, let seed = seeds.firstIndex(where: { $0.sequence == view.sequence }) {
      seeds[seed].agent = sender
      if !hasJoined { bootstrapSequence = view.sequence }
    }
    let isBootstrap = view.sequence != 0 && view.sequence == bootstrapSequence
    for member in view.members.prefix(settings.viewPageBytes / 48) where standing == .active {
      hear(member, from: sender, by: isBootstrap ? .bootstrap : .view)
    }
    guard standing == .active else { return }
    if isBootstrap, !hasJoined, table.presentCount > 0 {
      hasJoined = true
      effects.append(.joined(via: sender))
      announceMyself()
    }
    if view.wantsReply, view.digest != digest { sendView(to: sender, sequence: 0, wantsReply: false) }
  }
}
