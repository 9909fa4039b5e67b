import CSystemd
import Glibc

/// Structured entries in systemd's journal; where it is not there (any more), lines instead.
struct JournalSink: LogSink {
  let context: LogContext
  /// Takes what the journal does not; nil where lines are written anyway.
  let otherwise: LineSink?

  static let socketPath = "/run/systemd/journal/socket"

  /// `sd_journal_sendv` reports success where there is no journal, so its socket is looked for.
  static var isAvailable: Bool { access(socketPath, W_OK) == 0 }

  func write(_ entry: JournalEntry) {
    if !Self.isAvailable || !Self.send(Self.fields(of: entry, context)) { otherwise?.write(entry) }
  }

  /// `NAME=value`, each a field of the entry.
  static func fields(of entry: JournalEntry, _ context: LogContext) -> [String] {
    let own = context.fields(of: entry.message) + entry.fields
    return [
      "MESSAGE=\(entry.text)", "MESSAGE_ID=\(entry.message.id)", "PRIORITY=\(entry.priority.rawValue)",
      "SYSLOG_IDENTIFIER=edgemesh",
    ] + own.map { "\($0.field.journalName)=\($0.value)" }
  }

  private static func send(_ fields: [String]) -> Bool {
    var bytes: [UInt8] = []
    var ends: [Int] = []
    for field in fields {
      bytes += field.utf8
      ends.append(bytes.count)
    }
    return bytes.withUnsafeMutableBytes { buffer in
      var start = 0
      var parts: [iovec] = []
      for end in ends {
        parts.append(iovec(iov_base: buffer.baseAddress! + start, iov_len: end - start))
        start = end
      }
      return sd_journal_sendv(parts, Int32(parts.count)) >= 0
    }
  }
}

/// Both: structured entries, and lines for whoever watches a file.
struct TwoSinks: LogSink {
  let first: any LogSink
  let second: any LogSink

  func write(_ entry: JournalEntry) {
    first.write(entry)
    second.write(entry)
  }
}
