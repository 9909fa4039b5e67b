import Mesh

/// Every threshold of memory pressure, with its reason. The relations between them are checked by `assertRelations`.
enum PressureLimits {
  /// Stalls are judged over this window. The kernel takes triggers from unprivileged processes only where the window is
  /// a multiple of 2 s, and readings and triggers are to say the same.
  static let windowMilliseconds = 2_000
  /// Readings come so often, whatever the trigger says: a level has to fall, too, and for that nothing is triggered.
  static let sampleMilliseconds = 1_000
  /// Readings nearer than this are not compared: a stall of one scheduler tick would count as much.
  static let spanMillisecondsMin = 250
  /// The level falls when the figures have been that low for so long: the kernel's shortest average takes 10 s, too, and a
  /// ladder that sheds and takes back what it shed within seconds costs more than it saves.
  static let holdMilliseconds = 10_000
  /// A level is left when the figures are below this share of what it was entered at (hysteresis).
  static let leaveShare = 0.5

  /// From what on a level counts: shares of the window in which some or all tasks waited, and bytes of file pages a
  /// second that were evicted and had to be read again.
  struct Thresholds: Sendable {
    var some: Double
    var full: Double
    var rereadBytesPerSecond: Double
  }

  /// Ascending, by level.
  static func enter(_ level: MemoryPressure.Level) -> Thresholds {
    switch level {
    case .none: Thresholds(some: 0, full: 0, rereadBytesPerSecond: 0)
    // A tenth of the time lost: systemd's own default (MemoryPressureThresholdSec= 200 ms in 2 s), and what a user
    // begins to see. 4 MiB/s is a tenth of what an SD card reads.
    case .some: Thresholds(some: 0.10, full: 0.05, rereadBytesPerSecond: Double(4 << 20))
    // A third of the time lost, or a sixth in which nothing at all went on: deadlines begin to pass. 32 MiB/s is about
    // all that an SD card reads.
    case .high: Thresholds(some: 0.33, full: 0.15, rereadBytesPerSecond: Double(32 << 20))
    // Half of the time nothing goes on: systemd-oomd would kill at 60 % for 30 s, and the ladder has to be quicker.
    // 256 MiB/s of rereading is a solid-state disk that does nothing else.
    case .critical: Thresholds(some: 0.80, full: 0.50, rereadBytesPerSecond: Double(256 << 20))
    }
  }

  /// A control group is at its limit from this share of it on: the kernel reclaims in batches, so the charge stays a
  /// little below.
  static let atLimitShare = 0.95
  /// The machine is short below this share of its memory: what the kernel keeps free for itself, and some.
  static let machineShortShare = 0.10
  /// Pages a second read back from swap from which on swap is the cause.
  static let swapPagesPerSecond = 50.0

  /// The trigger written to the kernel: the stalls of level `some` in the window, in microseconds.
  static var trigger: String {
    let microseconds = Int(enter(.some).some * Double(windowMilliseconds) * 1_000)
    return "some \(microseconds) \(windowMilliseconds * 1_000)"
  }

  /// What must hold between the limits; called once by tests.
  static func assertRelations() {
    precondition(windowMilliseconds % 2_000 == 0 && windowMilliseconds > 0)
    precondition(sampleMilliseconds <= windowMilliseconds && spanMillisecondsMin < sampleMilliseconds)
    precondition(holdMilliseconds >= windowMilliseconds && leaveShare > 0 && leaveShare < 1)
    for (lower, upper) in zip(MemoryPressure.Level.allCases, MemoryPressure.Level.allCases.dropFirst()) {
      let (a, b) = (enter(lower), enter(upper))
      precondition(a.some < b.some && a.full < b.full && a.rereadBytesPerSecond < b.rereadBytesPerSecond)
      precondition(b.full <= b.some)
    }
  }
}
