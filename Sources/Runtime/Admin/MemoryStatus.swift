public import Mesh

/// How an agent fares with memory: the substance of the memory line of `edgemesh status`.
public struct MemoryStatus: Sendable, Hashable {
  public var level: MemoryPressure.Level
  /// Whose stalls are measured: `cgroup`, `machine` or `unknown`.
  public var scope: String
  /// What triggers readings beside the clock: `service-manager`, `cgroup`, `machine` or `none`.
  public var trigger: String
  /// Milliseconds that the stalls were counted over, and the stalls: some tasks, all tasks.
  public var windowMilliseconds: Int
  public var someStalledMilliseconds: Int
  public var fullStalledMilliseconds: Int
  /// The kernel's averages over 10 s in hundredths of a percent.
  public var someAverageHundredths: Int
  public var fullAverageHundredths: Int
  /// Of the control group with the least room: bytes charged, and its limit. nil where there is none.
  public var limitUsedBytes: Int?
  public var limitBytes: Int?
  /// What the machine could still give; nil where it cannot be known.
  public var machineAvailableBytes: Int?

  /// Nothing is known yet.
  public init() {
    level = .none
    scope = PressureFigures.Scope.unknown.rawValue
    trigger = "none"
    windowMilliseconds = 0
    someStalledMilliseconds = 0
    fullStalledMilliseconds = 0
    someAverageHundredths = 0
    fullAverageHundredths = 0
  }
}

extension MemoryStatus {
  init(_ watch: MemoryWatch) {
    self.init()
    let figures = watch.monitor.figures
    level = watch.monitor.level
    scope = figures.scope.rawValue
    trigger = watch.triggerName
    windowMilliseconds = figures.windowMilliseconds
    someStalledMilliseconds = figures.someStalledMilliseconds
    fullStalledMilliseconds = figures.fullStalledMilliseconds
    someAverageHundredths = Self.hundredths(figures.someAverage)
    fullAverageHundredths = Self.hundredths(figures.fullAverage)
    limitUsedBytes = figures.limitBytes == nil ? nil : figures.limitUsedBytes
    limitBytes = figures.limitBytes
    machineAvailableBytes = figures.machineAvailableBytes
  }

  private static func hundredths(_ percent: Double) -> Int { Int((min(max(percent, 0), 100) * 100).rounded()) }
}

extension ByteWriter {
  mutating func write(_ memory: MemoryStatus) {
    write(memory.level.rawValue)
    write(memory.scope)
    write(memory.trigger)
    for number in [
      memory.windowMilliseconds, memory.someStalledMilliseconds, memory.fullStalledMilliseconds,
      memory.someAverageHundredths, memory.fullAverageHundredths,
    ] { write(UInt64(clamping: number)) }
    for known in [memory.limitUsedBytes, memory.limitBytes, memory.machineAvailableBytes] {
      write(known.map { UInt64(clamping: $0) } ?? .max)
    }
  }
}

extension ByteReader {
  mutating func readMemoryStatus() throws(DecodeError) -> MemoryStatus {
    var memory = MemoryStatus()
    guard let level = MemoryPressure.Level(rawValue: try read(UInt8.self)) else { throw .outOfBounds("memory level") }
    memory.level = level
    memory.scope = try readText(limit: 16, "memory scope")
    memory.trigger = try readText(limit: 16, "memory trigger")
    memory.windowMilliseconds = try readNumber()
    memory.someStalledMilliseconds = try readNumber()
    memory.fullStalledMilliseconds = try readNumber()
    memory.someAverageHundredths = try readNumber()
    memory.fullAverageHundredths = try readNumber()
    memory.limitUsedBytes = try readKnown()
    memory.limitBytes = try readKnown()
    memory.machineAvailableBytes = try readKnown()
    return memory
  }

  /// All ones stand for what is not known.
  private mutating func readKnown() throws(DecodeError) -> Int? {
    let value = try read(UInt64.self)
    return value == .max ? nil : Int(clamping: value)
  }
}
