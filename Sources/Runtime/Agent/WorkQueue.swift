import Membership
import Mesh

/// What the worker is to do, in the order that all seats agree on: the attempt with the earliest deadline first, and
/// each attempt's work as it came. So while one attempt waits for its exchange another computes, and seats that share
/// several attempts work on the same one.
///
/// The worker itself takes what it is given in order, so little is given at a time: at most `computesAhead` slices.
/// What an attempt still had to do when it ended is dropped.
struct WorkQueue {
  private struct Line {
    var attempt: AttemptID
    var deadline: Timestamp
    var work: [Worker.Request] = []
    var next = 0

    var head: Worker.Request? { next < work.count ? work[next] : nil }
    var key: (Timestamp, AttemptID) { (deadline, attempt) }
  }

  /// One slice is computed while the next one waits behind it, so that the worker never idles for a wake-up.
  static let computesAhead = 2

  private var lines: [Line] = []
  private var computesRunning = 0

  var isEmpty: Bool { lines.allSatisfy { $0.head == nil } }

  mutating func open(_ attempt: AttemptID, deadline: Timestamp) {
    lines.append(Line(attempt: attempt, deadline: deadline))
    lines.sort { $0.key < $1.key }
  }

  /// Adds work of an attempt that is open; what comes for another one is dropped.
  mutating func add(_ request: Worker.Request, for attempt: AttemptID) {
    guard let index = lines.firstIndex(where: { $0.attempt == attempt }) else { return }
    lines[index].work.append(request)
  }

  /// Drops what the attempt still had to do.
  mutating func close(_ attempt: AttemptID) { lines.removeAll { $0.attempt == attempt } }

  /// A compute that was given out is done, or was in vain.
  mutating func finishedCompute() { computesRunning = max(0, computesRunning - 1) }

  /// The next piece that may go to the worker; it counts as given out once `take` is called.
  var next: Worker.Request? { readyLine.flatMap { lines[$0].head } }

  mutating func take() {
    guard let index = readyLine, let head = lines[index].head else { return }
    if head.isCompute { computesRunning += 1 }
    lines[index].next += 1
    // Now and then, so that a line stays as short as its work.
    if lines[index].next > 64 {
      lines[index].work.removeFirst(lines[index].next)
      lines[index].next = 0
    }
  }

  /// Placing what has arrived goes on while slices are computed for others.
  private var readyLine: Int? {
    lines.firstIndex { line in line.head.map { !$0.isCompute || computesRunning < Self.computesAhead } ?? false }
  }
}

extension Worker.Request {
  /// Whether it takes long, and ends in exactly one reply for which `Worker.Reply.endsCompute` holds.
  var isCompute: Bool {
    switch self {
    case .compute, .computeTail: true
    case .install, .uninstall, .open, .placeInput, .place, .fill, .close: false
    }
  }
}
