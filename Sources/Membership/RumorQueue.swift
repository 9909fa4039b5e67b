/// Whom there is news about, and on how many messages it has ridden. What is said is read from the table when it is
/// sent, so that an agent never passes on what it no longer believes. One entry a member: bounded by the table.
struct RumorQueue: Hashable, Sendable {
  private struct Item: Hashable, Sendable {
    let subject: AgentID
    /// Order of arrival: of rumors sent equally often, the newest goes first.
    let arrival: UInt64
    var sent: Int
  }

  private var items: [Item] = []
  private var arrivals: UInt64 = 0

  var isEmpty: Bool { items.isEmpty }
  var count: Int { items.count }

  /// Puts fresh news about `subject` at the front.
  mutating func add(_ subject: AgentID) {
    remove(subject)
    arrivals &+= 1
    items.append(Item(subject: subject, arrival: arrivals, sent: 0))
  }

  mutating func remove(_ subject: AgentID) {
    items.removeAll { $0.subject == subject }
  }

  /// Subjects in the order in which they should be sent: least sent first, then newest.
  func subjectsBySending() -> [AgentID] {
    items.sorted { $0.sent == $1.sent ? $0.arrival > $1.arrival : $0.sent < $1.sent }.map(\.subject)
  }

  /// Counts one transmission of each of `subjects`, and drops what has been sent `limit` times.
  mutating func noteSent(_ subjects: [AgentID], limit: Int) {
    for subject in subjects {
      guard let index = items.firstIndex(where: { $0.subject == subject }) else { continue }
      items[index].sent += 1
      if items[index].sent >= limit { items.remove(at: index) }
    }
  }
}
