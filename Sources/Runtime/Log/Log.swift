import Glibc
import Membership
import Mesh

/// Tells people what happens: one line an event on standard error, with its fields. Events that a flood could repeat
/// are counted and told at most once a second.
final class Log {
  private let name: String
  private var lastDropNotice: UInt64 = 0
  private var drops = 0

  init(name: String) { self.name = name }

  func write(_ event: String, _ fields: [(String, String)] = []) {
    var line = "edgemesh[\(name)] \(event)"
    for (key, value) in fields { line += " \(key)=\(Self.quoted(value))" }
    line += "\n"
    let bytes = Array(line.utf8)
    _ = Glibc.write(2, bytes, bytes.count)
  }

  /// One line however the value is made: control characters are escaped.
  private static func quoted(_ value: String) -> String {
    let needsQuotes = value.isEmpty || value.contains { $0.isWhitespace || $0 == "\"" || $0 == "=" }
    guard needsQuotes || value.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
      return value
    }
    return value.debugDescription
  }

  func write(_ record: Record) {
    switch record {
    case .memberChanged(let agent, let name, let from, let to):
      write(
        "member", [("agent", "\(agent)"), ("name", name), ("from", from.map { "\($0)" } ?? "unknown"), ("to", "\(to)")])
    case .joined(let via): write("joined", [("via", "\(via)")])
    case .refused(let refusal): write("refused", [("reason", "\(refusal)")])
    case .turnedAway(let agent, let name, let refusal):
      write("turned-away", [("agent", "\(agent)"), ("name", name), ("reason", "\(refusal)")])
    case .paused(let milliseconds): write("paused", [("milliseconds", "\(milliseconds)")])
    case .seatMissed(let attempt, let seat, let stage):
      write("seat-missed", [("attempt", "\(attempt)"), ("seat", "\(seat)"), ("stage", "\(stage)")])
    case .answered(let request, let outcome):
      guard outcome.kind != .complete else { return }
      write(
        "answered",
        [
          ("request", "\(request)"), ("outcome", outcome.kind.rawValue), ("reason", outcome.reason),
          ("lost", "\(outcome.lostSeats.seats)"),
        ])
    case .frameDropped(let reason): noteDrop(reason)
    case .duplicateIdentity(let agent, let address):
      write("duplicate-identity", [("agent", "\(agent)"), ("address", address)])
    }
  }

  private func noteDrop(_ reason: String) {
    drops += 1
    let now = MonotonicClock.now()
    guard now > lastDropNotice + 1_000_000_000 else { return }
    lastDropNotice = now
    write("frames-dropped", [("count", "\(drops)"), ("last", reason)])
    drops = 0
  }
}
