import Glibc

/// What the system says of this process and of those beside it.
enum ProcessFigures {
  /// The most memory that the process had resident at once, in bytes; nil where the system does not say.
  static var peakResidentBytes: Int? { value("VmHWM", in: "/proc/self/status") }

  /// Memory that could be had without swapping, in bytes.
  static var availableBytes: Int? { value("MemAvailable", in: "/proc/meminfo") }

  /// The value in a line of `KEY: VALUE kB`.
  private static func value(_ key: String, in path: String) -> Int? {
    for line in text(path)?.split(separator: "\n") ?? [] {
      let words = line.split { $0 == " " || $0 == "\t" }
      guard words.count == 3, words[0] == "\(key):", words[2] == "kB", let value = Int(words[1]) else { continue }
      return value.multipliedReportingOverflow(by: 1024).overflow ? nil : value * 1024
    }
    return nil
  }

  private static func text(_ path: String) -> String? {
    guard let bytes = try? WholeFile.read(path, as: "the system's figures", limit: 1 << 20) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Seconds of processor time that this process has taken, all threads together.
  static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Seconds that the machine's processors were busy since it started, with anything; nil where the system does not
  /// say. Counts in hundredths.
  static var busySeconds: Double? {
    guard let line = text("/proc/stat")?.prefix(while: { $0 != "\n" }), line.hasPrefix("cpu ") else {
      return nil
    }
    let ticks = line.split(separator: " ").dropFirst().compactMap { Double($0) }
    guard ticks.count >= 8 else { return nil }
    // user, nice, system; idle and waiting for devices are none; interrupts, and what the host took.
    let busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] + ticks[7]
    return busy / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}

/// How many processors others kept busy while something was measured.
struct OthersWatch {
  private let began = ContinuousClock.now
  private let busy = ProcessFigures.busySeconds
  private let own = ProcessFigures.processorSeconds

  /// Since the watch was made: 0 for a quiet machine, 1 for one processor all the time; nil where the system does not
  /// say.
  var othersProcessors: Double? {
    guard let busy, let now = ProcessFigures.busySeconds else { return nil }
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    guard seconds > 0 else { return nil }
    return Swift.max((now - busy - (ProcessFigures.processorSeconds - own)) / seconds, 0)
  }
}
