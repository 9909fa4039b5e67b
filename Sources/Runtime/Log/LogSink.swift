/// Where entries go. Lives on the log's own thread, and may block there.
protocol LogSink {
  func write(_ entry: JournalEntry)
}

/// Who tells: part of every entry.
struct LogContext: Sendable {
  var agent: String
  var name: String
  var incarnation: UInt64

  func fields(of message: JournalMessage) -> [(field: JournalField, value: String)] {
    [(.event, message.rawValue), (.agent, agent), (.name, name), (.incarnation, "\(incarnation)")]
  }
}
