import Membership

// What membership's effects mean for connections, peers and attempts.
extension AgentMind {
  mutating func apply(_ effects: [MembershipEffect], _ out: inout Outbox) {
    for effect in effects {
      switch effect {
      case .send(let message, let destination):
        let frame = Frame(sender: me, incarnation: incarnation, body: .membership(message))
        out.add(.sendControl(frame, address: destination.address))
      case .changed(let member, let previous): memberChanged(member, from: previous, &out)
      case .forgotten(let member):
        peers.forget(member.id)
        out.add(.disconnect(member.id))
      case .joined(let via): out.add(.record(.joined(via: via, name: membership.member(via)?.name ?? "")))
      case .refused(let refusal): out.add(.record(.refused(refusal)))
      case .turnedAway(let member, let refusal): out.add(.record(.turnedAway(member.id, name: member.name, refusal)))
      case .duplicateIdentity(let agent, _, let address):
        out.add(.record(.duplicateIdentity(agent, address: address)))
      case .paused(let span): out.add(.record(.paused(milliseconds: Int(span.milliseconds))))
      }
    }
  }

  private mutating func memberChanged(_ member: Member, from previous: Member?, _ out: inout Outbox) {
    guard member.id != me else { return }
    if previous?.state != member.state || previous?.incarnation != member.incarnation {
      out.add(
        .record(
          .memberChanged(
            MemberChange(
              agent: member.id, name: member.name, address: member.address, incarnation: member.incarnation,
              from: previous?.state, to: member.state,
              isNewStart: previous.map { $0.incarnation != member.incarnation } ?? false))))
    }
    if member.isPresent {
      let isNewStart = previous?.incarnation != member.incarnation
      let isBack = previous.map { !$0.isPresent } ?? true
      if isNewStart { closeAttempts(of: member.id, &out) { $0 < member.incarnation } }
      // A new start needs new connections: what was queued towards the old one is lost, or worse, late.
      if isNewStart || isBack {
        out.add(.connect(member.id, address: member.address, incarnation: member.incarnation))
      }
      if isNewStart || isBack || previous?.payloadVersion != member.payloadVersion {
        peers.reinstate(member.id, incarnation: member.incarnation)
      }
    } else if previous?.isPresent ?? true {
      out.add(.disconnect(member.id))
      closeAttempts(of: member.id, &out) { $0 <= member.incarnation }
    }
  }

  /// The attempts of a gateway that died, or started anew since, have nobody to answer to.
  private mutating func closeAttempts(
    of gateway: AgentID, _ out: inout Outbox, ofIncarnation isFormer: (UInt64) -> Bool
  ) {
    for id in attempts.map(\.id) where id.gateway == gateway && isFormer(id.gatewayIncarnation) {
      close(id, &out)
    }
  }
}
