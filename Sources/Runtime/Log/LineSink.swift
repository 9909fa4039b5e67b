import Glibc

/// One line an entry, with its fields, on a descriptor: `edgemesh[NAME] EVENT key=value ...`.
struct LineSink: LogSink {
  let context: LogContext
  let descriptor: Int32

  func write(_ entry: JournalEntry) {
    let bytes = Array(Self.line(entry, context).utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, bytes.count - written) }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN {
        // Whoever gave us the descriptor made it non-blocking: wait here instead.
        var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&room, 1, -1)
        continue
      }
      // Nobody reads any more: there is nobody to tell.
      guard count > 0 else { return }
      written += count
    }
  }

  static func line(_ entry: JournalEntry, _ context: LogContext) -> String {
    var line = "edgemesh[\(JournalEntry.line(context.name))] \(entry.message.rawValue)"
    for (field, value) in entry.fields { line += " \(field.lineName)=\(quoted(value))" }
    return line + "\n"
  }

  private static func quoted(_ value: String) -> String {
    let needsQuotes = value.isEmpty || value.contains { $0.isWhitespace || $0 == "\"" || $0 == "=" }
    guard needsQuotes || value.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
      return value
    }
    return value.debugDescription
  }
}
