import FoundationEssentials
import Glibc

/// What one case took.
struct Measure {
  var ending: Ending
  /// Of all threads together: a busy machine does not change it.
  var milliseconds: Int
  /// Resident memory at its highest, beyond what the process had before.
  var megabytes: Int
}

/// Runs one case in this process and measures it.
enum Case {
  static func run(_ bytes: [UInt8]) throws -> Measure {
    let before = resident("VmRSS:")
    // The mark of the highest resident memory starts anew.
    if let file = fopen("/proc/self/clear_refs", "w") {
      fputs("5", file)
      fclose(file)
    }
    let start = processorMilliseconds()
    let ending = try Road.drive(bytes)
    let spent = processorMilliseconds() - start
    return Measure(ending: ending, milliseconds: spent, megabytes: max(0, resident("VmHWM:") - before) >> 10)
  }

  private static func processorMilliseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }

  /// A line of the process's status, in kilobytes.
  private static func resident(_ key: String) -> Int {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return 0 }
    for line in status.split(separator: "\n") where line.hasPrefix(key) {
      return Int(line.split(whereSeparator: \.isWhitespace).dropFirst().first ?? "") ?? 0
    }
    return 0
  }
}
