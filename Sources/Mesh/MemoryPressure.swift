/// How short a board is of memory: a level for decisions, and the two figures that say how much room there is.
///
/// The outside works the level out of readings, and tells the mind of each (`Input.memory`).
public struct MemoryPressure: Sendable, Hashable {
  /// Ascending: each level asks for more.
  public enum Level: UInt8, Sendable, Hashable, Comparable, CaseIterable, CustomStringConvertible {
    /// Nobody waits for memory.
    case none = 0
    /// Work is held up now and then.
    case some = 1
    /// Work is held up for a noticeable share of the time: shed what can be shed.
    case high = 2
    /// Most of the time goes into waiting for memory; the kernel may soon end a process.
    case critical = 3

    public static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }

    public var description: String {
      switch self {
      case .none: "none"
      case .some: "some"
      case .high: "high"
      case .critical: "critical"
      }
    }

    public init?(name: String) {
      guard let level = Level.allCases.first(where: { $0.description == name }) else { return nil }
      self = level
    }
  }

  public var level: Level
  /// Bytes that this agent's limit leaves free; nil where it has no limit.
  public var bytesBelowLimit: Int?
  /// Bytes that the machine could still give; nil where it cannot be known.
  public var machineAvailableBytes: Int?

  public init(level: Level = .none, bytesBelowLimit: Int? = nil, machineAvailableBytes: Int? = nil) {
    self.level = level
    self.bytesBelowLimit = bytesBelowLimit
    self.machineAvailableBytes = machineAvailableBytes
  }
}
