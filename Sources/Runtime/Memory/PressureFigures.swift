import Mesh

/// What was measured when a level of memory pressure was worked out.
struct PressureFigures: Sendable, Hashable {
  /// Whose stalls were measured.
  enum Scope: String, Sendable {
    /// This agent's control group.
    case cgroup
    /// The whole machine.
    case machine
    /// Nobody's: the kernel gives no pressure figures.
    case unknown
  }

  var scope = Scope.unknown
  /// Milliseconds that the stalls, refaults and faults below were counted over.
  var windowMilliseconds = 0
  /// Milliseconds in which at least one task, or every task, waited for memory.
  var someStalledMilliseconds = 0
  var fullStalledMilliseconds = 0
  /// The kernel's averages over 10 s, in percent.
  var someAverage = 0.0
  var fullAverage = 0.0
  /// Bytes charged to the control group with the nearest limit, and its limits; nil where there is none.
  var limitUsedBytes: Int?
  var limitHighBytes: Int?
  var limitMaxBytes: Int?
  /// nil where `/proc/meminfo` cannot be read.
  var machineAvailableBytes: Int?
  var machineTotalBytes: Int?
  var residentBytes = 0
  /// Pages in the window that had been evicted and were needed again: of files, and from swap.
  var fileRefaults = 0
  var swapRefaults = 0
  /// Bytes of a page.
  var pageBytes = 4_096
  /// Page faults of this agent in the window that had to read from disk.
  var majorFaults = 0

  /// Bytes that may be charged before the limit, of the two, that acts first.
  var limitBytes: Int? {
    switch (limitHighBytes, limitMaxBytes) {
    case (let high?, let max?): min(high, max)
    case (let high, let max): high ?? max
    }
  }

  static func percent(_ value: Double) -> String {
    let hundredths = Int((min(max(value, 0), 100) * 100).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}

/// Why there is pressure, as far as the figures tell.
enum PressureCause: String, Sendable, CaseIterable {
  /// This agent's control group is at its limit.
  case ownLimit = "own-limit"
  /// The machine has little left, though this agent is below its own limit.
  case machineShort = "machine-short"
  /// Pages come back from swap.
  case swapping
  /// File pages, mapped weights among them, are evicted and read again.
  case filesReadAgain = "files-read-again"
  /// Tasks wait for memory, and neither limit nor machine is short by the figures: another control group is, or the
  /// shortage was over before it was measured.
  case elsewhere
  /// The pressure is over.
  case over
}

/// A change of the level, with what it was seen by.
struct PressureChange: Sendable, Hashable {
  var from: MemoryPressure.Level
  var to: MemoryPressure.Level
  var cause: PressureCause
  var figures: PressureFigures
}
