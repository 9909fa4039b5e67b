/// At most `burst` entries in a window of so many seconds, which the first of them begins.
struct LogRate: Sendable, Hashable {
  var burst: Int
  var nanoseconds: UInt64

  init(burst: Int, seconds: Int) {
    self.burst = burst
    nanoseconds = UInt64(seconds) * 1_000_000_000
  }
}

/// Lets entries of one kind through at a rate. Of those over it the last is kept and told, with the number of the others,
/// when the window ends: what is held back is late, and never silent.
struct LogGate<Held> {
  private let rate: LogRate
  private var windowEnd: UInt64 = 0
  private var passed = 0
  private var held = 0
  private var last: Held?

  init(_ rate: LogRate) { self.rate = rate }

  /// Whether an entry is told now; otherwise it is held back.
  mutating func admit(_ entry: Held, now: UInt64) -> Bool {
    // What is held back goes first.
    if last == nil, now >= windowEnd {
      windowEnd = now + rate.nanoseconds
      passed = 0
    }
    if last == nil, passed < rate.burst {
      passed += 1
      return true
    }
    held += 1
    last = entry
    return false
  }

  /// When something that is held back is due; nil where nothing is.
  var due: UInt64? { last == nil ? nil : windowEnd }

  /// What is held back, once the window is over: the last entry, and how many of its kind stand behind it. It counts
  /// as the first of the next window.
  mutating func takeDue(now: UInt64) -> (entry: Held, others: Int)? {
    guard let entry = last, now >= windowEnd else { return nil }
    let others = held - 1
    last = nil
    held = 0
    windowEnd = now + rate.nanoseconds
    passed = 1
    return (entry, others)
  }

  /// The same at the end, whatever the time.
  mutating func takeAll() -> (entry: Held, others: Int)? {
    guard last != nil else { return nil }
    return takeDue(now: windowEnd)
  }
}
