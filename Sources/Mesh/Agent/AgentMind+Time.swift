public import Membership

// Time passing: deadlines, patience, membership's periods, one's own pauses.
extension AgentMind {
  /// When `step(.timer, now:)` is due though nothing else happens.
  public var nextDeadline: Timestamp {
    var next = membership.nextDeadline
    for attempt in attempts { next = min(next, attempt.nextDeadline(peers)) }
    for request in requests { next = min(next, request.expiry) }
    for link in links { if let due = link.nextDeadline { next = min(next, due) } }
    for frame in early { next = min(next, frame.until) }
    return next
  }

  /// After a gap longer than anybody's patience this process was the one that paused: it accuses nobody.
  mutating func noticeOwnPause(_ out: inout Outbox) {
    guard out.now.milliseconds(since: lastStep) > configuration.pauseMilliseconds else { return }
    for index in attempts.indices { attempts[index].rearm(peers, now: out.now) }
  }

  mutating func passTime(_ out: inout Outbox) {
    expireRequests(&out)
    for id in attempts.map(\.id) {
      guard let index = attemptIndex(id) else { continue }
      if out.now >= attempts[index].expiry {
        close(id, &out)
      } else if out.now >= attempts[index].nextDeadline(peers) {
        attempts[index].expire(&peers, &out)
      }
    }
    for index in links.indices { links[index].expire(&out) }
    expireEarly(&out)
    // An attempt that ended may have made room.
    startQueued(&out)
  }

  private mutating func expireRequests(_ out: inout Outbox) {
    while let index = requests.firstIndex(where: { out.now >= $0.expiry }) {
      let reason: String
      switch requests[index].phase {
      case .receiving:
        reason = (out.now >= requests[index].deadline ? "deadline: " : "") + "the input did not arrive whole"
      case .queued: reason = "deadline: still queued"
      case .running: reason = "deadline"
      }
      finish(index, Outcome(kind: .failed, reason: reason), &out)
    }
  }

  private mutating func expireEarly(_ out: inout Outbox) {
    guard early.contains(where: { out.now >= $0.until }) else { return }
    for frame in early where out.now >= frame.until {
      earlyBytes -= frame.bytes
      if let buffer = frame.buffer { out.add(.release(buffer)) }
    }
    early.removeAll { out.now >= $0.until }
  }

}
