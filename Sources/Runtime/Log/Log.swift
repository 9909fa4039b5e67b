import Mesh

/// Tells people what happens, from the reactor: makes an entry of each event and hands it to the log's thread, without
/// ever waiting. What a flood could repeat is told at a rate; what finds the queue full is counted, and the count is told.
final class Log {
  private let thread: LogThread
  private var gates: [JournalMessage: LogGate<AgentEvent>] = [:]
  /// When something that is held back is due.
  private(set) var due: UInt64?
  private var lost = 0
  private var isClosed = false

  /// How long the end waits for what is queued to be written.
  static let closeMilliseconds: Int32 = 1_000

  init(_ thread: LogThread) {
    self.thread = thread
    for message in JournalMessage.allCases { gates[message] = message.rate.map(LogGate.init) }
  }

  convenience init(_ context: LogContext, to destination: LogDestination) throws(ServiceError) {
    self.init(try LogThread { destination.sink(context) })
  }

  deinit { close() }

  func tell(_ record: Record) { tell(.record(record)) }

  func tell(_ event: AgentEvent, now: UInt64 = MonotonicClock.now()) {
    let message = event.message
    guard gates[message]?.admit(event, now: now) ?? true else {
      if let end = gates[message]?.due { due = min(due ?? end, end) }
      return
    }
    write(event.entry)
  }

  /// Tells what was held back long enough. Cheap where nothing was.
  func passTime(now: UInt64 = MonotonicClock.now()) {
    if lost > 0 { tellLost() }
    guard let due, now >= due else { return }
    for message in JournalMessage.allCases {
      if let (event, others) = gates[message]?.takeDue(now: now) { write(event, others) }
    }
    self.due = gates.values.compactMap(\.due).min()
  }

  /// Tells all that is left, and waits for it to be written, within a bound.
  func close(within milliseconds: Int32 = Log.closeMilliseconds) {
    guard !isClosed else { return }
    isClosed = true
    for message in JournalMessage.allCases {
      if let (event, others) = gates[message]?.takeAll() { write(event, others) }
    }
    if lost > 0 { tellLost() }
    thread.close(within: milliseconds)
  }

  /// Whether a closed log's thread has written all and ended.
  var isThrough: Bool { isClosed && thread.close(within: 0) }

  private func write(_ event: AgentEvent, _ others: Int) {
    var entry = event.entry
    entry.addHeldBack(others)
    write(entry)
  }

  private func write(_ entry: JournalEntry) {
    if lost > 0 { tellLost() }
    if !thread.offer(entry) { lost += 1 }
  }

  private func tellLost() {
    if thread.offer(AgentEvent.entriesLost(lost).entry) { lost = 0 }
  }
}
