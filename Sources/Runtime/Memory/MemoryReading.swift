/// One reading of everything that says how short memory is: counters as the kernel keeps them, and sizes.
struct MemoryReading: Sendable, Hashable {
  /// When it was taken, on the monotonic clock.
  var time: UInt64
  var scope = PressureFigures.Scope.unknown
  /// nil where the kernel gives no pressure figures.
  var stalls: StallReading?
  var limitUsedBytes: Int?
  var limitHighBytes: Int?
  var limitMaxBytes: Int?
  var machineAvailableBytes: Int?
  var machineTotalBytes: Int?
  var residentBytes = 0
  /// Pages since the beginning, in the same scope.
  var fileRefaults = 0
  var swapRefaults = 0
  /// Faults of this process since its start that read from disk.
  var majorFaults = 0

  init(time: UInt64) { self.time = time }
}

/// A file of the kernel's pressure stall information: how long tasks waited for memory, some or all at once.
struct StallReading: Sendable, Hashable {
  struct Line: Sendable, Hashable {
    /// Percent of the last 10 s.
    var average = 0.0
    var totalMicroseconds: UInt64 = 0
  }

  var some = Line()
  /// Zeros where the kernel does not give it.
  var full = Line()

  /// From the file's text; nil where it is not such a file. What else newer kernels may add is skipped.
  init?(_ text: String) {
    var hasSome = false
    for row in text.split(separator: "\n") {
      let words = row.split(separator: " ")
      guard let kind = words.first, kind == "some" || kind == "full" else { continue }
      var line = Line()
      var hasTotal = false
      for word in words.dropFirst() {
        let parts = word.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { continue }
        if parts[0] == "avg10", let value = Double(parts[1]), value.isFinite { line.average = value }
        if parts[0] == "total", let value = UInt64(parts[1]) {
          line.totalMicroseconds = value
          hasTotal = true
        }
      }
      guard hasTotal else { return nil }
      if kind == "some" {
        some = line
        hasSome = true
      } else {
        full = line
      }
    }
    guard hasSome else { return nil }
  }
}
