import Membership

/// What one step of the mind collects: effects in order, under one `now`.
struct Outbox: Sendable {
  let now: Timestamp
  let me: AgentID
  let incarnation: UInt64
  private(set) var effects: [Effect] = []

  init(now: Timestamp, me: AgentID, incarnation: UInt64) {
    self.now = now
    self.me = me
    self.incarnation = incarnation
  }

  mutating func add(_ effect: Effect) { effects.append(effect) }
  mutating func add(_ more: [Effect]) { effects += more }

  mutating func send(_ body: Frame.Body, payload: Payload? = nil, to agent: AgentID) {
    effects.append(.send(Frame(sender: me, incarnation: incarnation, body: body), payload: payload, to: agent))
  }
}
