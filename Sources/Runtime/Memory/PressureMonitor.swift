import Mesh

/// Works the level of memory pressure out of readings. A value: readings go in with their time, changes come out; no file,
/// no clock.
///
/// Up at once, and by as many levels as the figures say. Down when the figures have been below the lower bounds of the
/// level for `PressureLimits.holdMilliseconds`, to the highest that they asked for meanwhile.
struct PressureMonitor: Sendable {
  private let pageBytes: Int
  private(set) var level = MemoryPressure.Level.none
  /// As of the last reading.
  private(set) var figures = PressureFigures()
  private(set) var cause = PressureCause.over
  /// Oldest first: the last reading that is a whole window old, and those since.
  private var history: [MemoryReading] = []
  private var calmSince: UInt64?
  /// The highest level that the figures asked for since then.
  private var calmPeak = MemoryPressure.Level.none

  /// `pageBytes`: what the kernel counts refaults in; 4 KiB, and more on some 64-bit Arm boards.
  init(pageBytes: Int = 4_096) { self.pageBytes = pageBytes }

  /// Takes a reading in; the change of level where there is one.
  mutating func feed(_ reading: MemoryReading) -> PressureChange? {
    // Another source counts from another beginning.
    if let last = history.last, last.scope != reading.scope || last.time > reading.time {
      history = []
      calmSince = nil
    }
    history.append(reading)
    let window = UInt64(PressureLimits.windowMilliseconds) * 1_000_000
    while history.count > 2, reading.time - history[1].time >= window { history.removeFirst() }
    let span = reading.time - history[0].time
    figures = Self.figures(from: history[0], to: reading, nanoseconds: span)
    figures.pageBytes = pageBytes
    guard span >= UInt64(PressureLimits.spanMillisecondsMin) * 1_000_000 else { return nil }

    if let entered = judged(share: 1, above: level) { return change(to: entered) }
    let stays = judged(share: PressureLimits.leaveShare, above: .none) ?? .none
    guard stays < level else {
      calmSince = nil
      return nil
    }
    let since = calmSince ?? reading.time
    calmPeak = calmSince == nil ? stays : max(calmPeak, stays)
    calmSince = since
    guard reading.time - since >= UInt64(PressureLimits.holdMilliseconds) * 1_000_000 else { return nil }
    return change(to: calmPeak)
  }

  private mutating func change(to next: MemoryPressure.Level) -> PressureChange {
    let former = level
    level = next
    calmSince = nil
    cause = next == .none ? .over : PressureCause(figures)
    return PressureChange(from: former, to: next, cause: cause, figures: figures)
  }

  /// The highest level above `floor` of whose thresholds the figures reach this share.
  private func judged(share: Double, above floor: MemoryPressure.Level) -> MemoryPressure.Level? {
    let milliseconds = Double(max(figures.windowMilliseconds, 1))
    let some = Double(figures.someStalledMilliseconds) / milliseconds
    let full = Double(figures.fullStalledMilliseconds) / milliseconds
    let reread = Double(figures.rereadBytes) * 1_000 / milliseconds
    return MemoryPressure.Level.allCases.last { level in
      guard level > floor else { return false }
      let bounds = PressureLimits.enter(level)
      return some >= bounds.some * share || full >= bounds.full * share
        || reread >= bounds.rereadBytesPerSecond * share
    }
  }

  private static func figures(
    from old: MemoryReading, to new: MemoryReading, nanoseconds: UInt64
  ) -> PressureFigures {
    var figures = PressureFigures()
    figures.scope = new.scope
    figures.windowMilliseconds = Int(clamping: nanoseconds / 1_000_000)
    if let before = old.stalls, let after = new.stalls {
      figures.someStalledMilliseconds = milliseconds(before.some, after.some)
      figures.fullStalledMilliseconds = milliseconds(before.full, after.full)
    }
    figures.someAverage = new.stalls?.some.average ?? 0
    figures.fullAverage = new.stalls?.full.average ?? 0
    figures.limitUsedBytes = new.limitUsedBytes
    figures.limitHighBytes = new.limitHighBytes
    figures.limitMaxBytes = new.limitMaxBytes
    figures.machineAvailableBytes = new.machineAvailableBytes
    figures.machineTotalBytes = new.machineTotalBytes
    figures.residentBytes = new.residentBytes
    figures.fileRefaults = grown(old.fileRefaults, new.fileRefaults)
    figures.swapRefaults = grown(old.swapRefaults, new.swapRefaults)
    figures.majorFaults = grown(old.majorFaults, new.majorFaults)
    return figures
  }

  /// A counter that fell was set anew.
  private static func grown(_ old: Int, _ new: Int) -> Int { new > old ? new &- old : 0 }

  private static func milliseconds(_ old: StallReading.Line, _ new: StallReading.Line) -> Int {
    guard new.totalMicroseconds > old.totalMicroseconds else { return 0 }
    return Int(clamping: (new.totalMicroseconds - old.totalMicroseconds) / 1_000)
  }
}

extension PressureFigures {
  /// Bytes of file pages in the window that were read again, as far as they count as this agent's trouble: in its own
  /// control group all; of the whole machine only where this agent had to read from disk itself.
  var rereadBytes: Int {
    guard scope == .cgroup || majorFaults > 0 else { return 0 }
    let (bytes, isOver) = fileRefaults.multipliedReportingOverflow(by: pageBytes)
    return isOver ? .max : bytes
  }
}

extension PressureCause {
  /// What the figures point to, the plainest first.
  init(_ figures: PressureFigures) {
    let seconds = Double(max(figures.windowMilliseconds, 1)) / 1_000
    if let limit = figures.limitBytes, let used = figures.limitUsedBytes,
      Double(used) >= PressureLimits.atLimitShare * Double(limit)
    {
      self = .ownLimit
    } else if let available = figures.machineAvailableBytes, let total = figures.machineTotalBytes,
      Double(available) < PressureLimits.machineShortShare * Double(total)
    {
      self = .machineShort
    } else if Double(figures.swapRefaults) >= PressureLimits.swapPagesPerSecond * seconds {
      self = .swapping
    } else if Double(figures.rereadBytes) >= PressureLimits.enter(.some).rereadBytesPerSecond * seconds {
      self = .filesReadAgain
    } else {
      self = .elsewhere
    }
  }
}
