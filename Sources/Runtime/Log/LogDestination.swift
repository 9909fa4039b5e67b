import Glibc

/// Where an agent's log is wanted.
public enum LogDestination: String, Sendable, CaseIterable {
  /// The journal under the service manager, standard error for whoever started the agent by hand.
  case automatic = "auto"
  /// The journal, and standard error only where there is none.
  case journal
  case standardError = "stderr"
  case both

  /// What is known of the surroundings.
  struct Surroundings: Sendable {
    /// Whether standard error leads into the journal.
    var standardErrorIsJournal: Bool
    /// Whether the service manager started this very process.
    var isService: Bool
    var journalIsThere: Bool
  }

  /// Where entries go: at least one of both.
  struct Choice: Sendable, Hashable {
    var journal: Bool
    var lines: Bool
  }

  func choice(in surroundings: Surroundings) -> Choice {
    guard surroundings.journalIsThere else { return Choice(journal: false, lines: true) }
    switch self {
    case .journal: return Choice(journal: true, lines: false)
    case .standardError: return Choice(journal: false, lines: true)
    // Lines into the journal beside the entries would tell everything twice.
    case .both: return Choice(journal: true, lines: !surroundings.standardErrorIsJournal)
    case .automatic:
      if surroundings.standardErrorIsJournal { return Choice(journal: true, lines: false) }
      // A unit that sends standard error elsewhere (StandardError=) is meant to have its lines there as well. A person
      // at a terminal watches it; a demonstration's agents there are nothing for the system's journal.
      return Choice(journal: surroundings.isService, lines: true)
    }
  }

  func sink(_ context: LogContext, in surroundings: Surroundings = .current()) -> any LogSink {
    let lines = LineSink(context: context, descriptor: 2)
    let choice = choice(in: surroundings)
    let journal = JournalSink(context: context, otherwise: choice.lines ? nil : lines)
    if choice.journal, choice.lines { return TwoSinks(first: journal, second: lines) }
    return choice.journal ? journal : lines
  }
}

extension LogDestination.Surroundings {
  static func current() -> Self {
    var status = stat()
    let isKnown = fstat(2, &status) == 0
    return Self(
      standardErrorIsJournal: isKnown
        && isJournal(Environment["JOURNAL_STREAM"], device: UInt64(status.st_dev), inode: UInt64(status.st_ino)),
      isService: Environment["NOTIFY_SOCKET"] != nil || Environment["SYSTEMD_EXEC_PID"] == "\(getpid())",
      journalIsThere: JournalSink.isAvailable)
  }

  /// Whether `JOURNAL_STREAM` (device and inode, decimal, a colon between) names this file: the variable alone may be
  /// inherited from a parent whose standard error was another.
  static func isJournal(_ stream: String?, device: UInt64, inode: UInt64) -> Bool {
    guard let parts = stream?.split(separator: ":", omittingEmptySubsequences: false), parts.count == 2 else {
      return false
    }
    return UInt64(parts[0]) == device && UInt64(parts[1]) == inode
  }
}
