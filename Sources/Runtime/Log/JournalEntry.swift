/// One thing that happened, as it is told: a line for people, and fields for programs.
struct JournalEntry: Sendable {
  var message: JournalMessage
  var priority: LogPriority
  /// One readable line.
  var text: String
  private(set) var fields: [(field: JournalField, value: String)] = []

  /// Bytes of one value at most; a reason may quote what a peer or a file said.
  static let valueBytes = 2_048

  init(_ message: JournalMessage, _ text: String, priority: LogPriority? = nil) {
    self.message = message
    self.priority = priority ?? message.priority
    self.text = Self.line(text)
  }

  mutating func add(_ field: JournalField, _ value: String) { fields.append((field, Self.bounded(value))) }
  mutating func add(_ field: JournalField, _ value: some BinaryInteger) { fields.append((field, "\(value)")) }

  /// A field that is left out where nothing is known.
  mutating func add(_ field: JournalField, _ value: (some BinaryInteger)?) { if let value { add(field, value) } }

  /// Left out where it is none.
  mutating func add(_ field: JournalField, seats: [Int]) {
    guard !seats.isEmpty else { return }
    add(field, seats.map(String.init).joined(separator: ","))
  }

  /// How many entries of this kind were not told since the last one.
  mutating func addHeldBack(_ count: Int) {
    guard count > 0 else { return }
    text += " (and \(count) more since)"
    add(.heldBack, count)
  }

  private static func bounded(_ value: String) -> String {
    value.utf8.count <= valueBytes ? value : String(decoding: value.utf8.prefix(valueBytes), as: UTF8.self) + "..."
  }

  /// One line however the value is made.
  static func line(_ value: String) -> String {
    let value = bounded(value)
    guard value.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else { return value }
    return value.unicodeScalars.reduce(into: "") { text, scalar in
      text += scalar.value < 32 || scalar.value == 127 ? scalar.escaped(asASCII: true) : String(scalar)
    }
  }
}
