/// How much an entry matters, as syslog counts: less is more.
enum LogPriority: Int, Sendable, Comparable {
  /// The agent, or what people asked of it, fails until somebody acts.
  case error = 3
  /// Somebody should look, though all goes on.
  case warning = 4
  /// Goes as it should, and is worth knowing.
  case notice = 5
  case info = 6

  static func < (a: LogPriority, b: LogPriority) -> Bool { a.rawValue < b.rawValue }
}
