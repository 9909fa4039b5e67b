/// The other agents that an agent knows, ordered by id, with what it noted about each. Nothing iterates a hash table.
struct MemberTable: Hashable, Sendable {
  struct Entry: Hashable, Sendable {
    var member: Member
    /// When an authentic frame of this incarnation last came from it; nil: never.
    var lastHeard: Timestamp?
    /// When it was last told what is thought of it.
    var lastTold: Timestamp?
    /// Since when it is in its state.
    var since: Timestamp
    /// How often this incarnation was sent our own record on a ping or an answer.
    var introductions = 0
  }

  private(set) var entries: [Entry] = []
  /// Alive and suspect entries.
  private(set) var presentCount = 0
  /// The exclusive or of all entries' digests.
  private(set) var digest: UInt64 = 0

  var absentCount: Int { entries.count - presentCount }

  subscript(id: AgentID) -> Entry? {
    let index = lowerBound(id)
    return index < entries.count && entries[index].member.id == id ? entries[index] : nil
  }

  /// Adds the entry, or puts it in its predecessor's place.
  mutating func put(_ entry: Entry) {
    let index = lowerBound(entry.member.id)
    if index < entries.count, entries[index].member.id == entry.member.id {
      discount(entries[index].member)
      entries[index] = entry
    } else {
      entries.insert(entry, at: index)
    }
    digest ^= entry.member.digest
    presentCount += entry.member.isPresent ? 1 : 0
  }

  mutating func remove(_ id: AgentID) {
    let index = lowerBound(id)
    guard index < entries.count, entries[index].member.id == id else { return }
    discount(entries[index].member)
    entries.remove(at: index)
  }

  mutating func noteHeard(_ id: AgentID, at now: Timestamp) {
    let index = lowerBound(id)
    guard index < entries.count, entries[index].member.id == id else { return }
    entries[index].lastHeard = now
  }

  mutating func noteTold(_ id: AgentID, at now: Timestamp) {
    let index = lowerBound(id)
    guard index < entries.count, entries[index].member.id == id else { return }
    entries[index].lastTold = now
  }

  mutating func noteIntroduced(_ id: AgentID) {
    let index = lowerBound(id)
    guard index < entries.count, entries[index].member.id == id else { return }
    entries[index].introductions += 1
  }

  private mutating func discount(_ member: Member) {
    digest ^= member.digest
    presentCount -= member.isPresent ? 1 : 0
  }

  private func lowerBound(_ id: AgentID) -> Int {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].member.id < id { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
