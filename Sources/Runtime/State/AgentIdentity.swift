import Glibc
public import Membership

/// Who this agent is, kept in its state directory: a random id bound to the machine, and the count of its starts.
///
/// The directory is locked while the value lives, so that two agents never share one. The incarnation is on disk, file
/// and directory synced, before anything is sent: an incarnation is never used twice. A state directory that was copied
/// to another machine (another machine id) gets a new id.
public struct AgentIdentity: ~Copyable, Sendable {
  public let id: AgentID
  public let incarnation: UInt64
  private let lock: Int32

  /// Opens the state directory, makes it where it is missing, and counts one start.
  public init(directory: String, machineID: String = AgentIdentity.machineID()) throws(StateError) {
    let lock = try Self.lock(directory)
    do throws(StateError) {
      let (id, incarnation) = try Self.countStart(directory, machineID)
      self.init(id: id, incarnation: incarnation, lock: lock)
    } catch {
      close(lock)
      throw error
    }
  }

  private init(id: AgentID, incarnation: UInt64, lock: Int32) {
    self.id = id
    self.incarnation = incarnation
    self.lock = lock
  }

  deinit { close(lock) }

  private static func lock(_ directory: String) throws(StateError) -> Int32 {
    try StateDirectory.make(directory)
    let lock = open("\(directory)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw .last(directory, byteCount: 0) }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw .locked(path: directory)
    }
    return lock
  }

  private static func countStart(
    _ directory: String, _ machineID: String
  ) throws(StateError) -> (id: AgentID, incarnation: UInt64) {
    let path = "\(directory)/identity"
    var random = SystemRandomNumberGenerator()
    var id = AgentID(high: random.next(), low: random.next())
    var incarnation: UInt64 = 1
    if let text = try StateDirectory.readText(path), let known = parse(text), known.machine == machineID {
      id = known.id
      incarnation = known.incarnation + 1
    }
    try StateDirectory.write("\(id) \(incarnation) \(machineID)\n", to: path)
    return (id, incarnation)
  }

  private static func parse(_ text: String) -> (id: AgentID, incarnation: UInt64, machine: String)? {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count >= 2, let id = AgentID(hex: String(words[0])), let incarnation = UInt64(words[1]),
      incarnation < .max
    else { return nil }
    return (id, incarnation, words.count > 2 ? String(words[2]) : "")
  }

  /// The machine's own id, or nothing where it has none.
  public static func machineID() -> String {
    let text = (try? StateDirectory.readText("/etc/machine-id")) ?? nil
    return text?.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
  }
}

/// What can be wrong with a state directory.
public enum StateError: Error, Equatable, Sendable, CustomStringConvertible {
  case unusable(path: String, reason: String)
  case locked(path: String)
  case noSpace(path: String, byteCount: Int)
  case tooLarge(byteCount: Int, limit: Int)
  case digestMismatch(String)
  case notBegun
  case missing(String)

  public var description: String {
    switch self {
    case .unusable(let path, let reason): "cannot use \(path): \(reason)"
    case .locked(let path): "another agent runs on the state directory \(path): give this one its own with --state"
    case .noSpace(let path, let byteCount):
      "no space left for \(byteCount) bytes under \(path): free space there, or give the agent another --state"
    case .tooLarge(let byteCount, let limit): "a file of \(byteCount) bytes is over this agent's limit of \(limit)"
    case .digestMismatch(let digest): "what arrived is not the file with the digest \(digest): deploy again"
    case .notBegun: "bytes of a file that was not announced: deploy again"
    case .missing(let what): "\(what) is not stored here: deploy again"
    }
  }

  /// The error of a failed call, by `errno`.
  static func last(_ path: String, byteCount: Int) -> StateError {
    switch errno {
    case ENOSPC, EDQUOT, EFBIG: .noSpace(path: path, byteCount: byteCount)
    default: .unusable(path: path, reason: String(cString: strerror(errno)))
    }
  }
}
