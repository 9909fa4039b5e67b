import Glibc
public import Membership
import Networks

/// Who this agent is, kept in its state directory: a random id bound to the machine, and the count of its starts.
///
/// The directory is locked while the value lives, so that two agents never share one. The incarnation is on disk, file
/// and directory synced, before anything is sent: an incarnation is never used twice. A state directory that was copied
/// to another machine (another machine id) gets a new id.
public struct AgentIdentity: ~Copyable, Sendable {
  /// Where the id comes from.
  public enum Origin: String, Sendable {
    /// Made now: there was none.
    case created
    /// Read from the state directory.
    case kept
    /// Made now: the state directory comes from another machine.
    case otherMachine = "other-machine"
    /// Made now: what stood in the state directory could not be read.
    case damaged
  }

  public let id: AgentID
  public let incarnation: UInt64
  public let origin: Origin
  private let lock: Int32

  /// Opens the state directory, makes it where it is missing, and counts one start.
  public init(directory: String, machineID: String = AgentIdentity.machineID()) throws(StateError) {
    let lock = try Self.lock(directory)
    do throws(StateError) {
      let (id, incarnation, origin) = try Self.countStart(directory, machineID)
      self.init(id: id, incarnation: incarnation, origin: origin, lock: lock)
    } catch {
      close(lock)
      throw error
    }
  }

  private init(id: AgentID, incarnation: UInt64, origin: Origin, lock: Int32) {
    self.id = id
    self.incarnation = incarnation
    self.origin = origin
    self.lock = lock
  }

  deinit { close(lock) }

  private static func lock(_ directory: String) throws(StateError) -> Int32 {
    try StateDirectory.make(directory)
    let lock = open("\(directory)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw .last(directory, byteCount: 0) }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      let error = errno == EWOULDBLOCK ? StateError.locked(path: directory) : .last(directory, byteCount: 0)
      close(lock)
      throw error
    }
    return lock
  }

  private static func countStart(
    _ directory: String, _ machineID: String
  ) throws(StateError) -> (id: AgentID, incarnation: UInt64, origin: Origin) {
    let path = "\(directory)/identity"
    // The machine's id is nobody else's business: its digest is enough to compare.
    let machine = sha256Hex(Array("edgemesh \(machineID)".utf8))
    var random = SystemRandomNumberGenerator()
    var id = AgentID(high: random.next(), low: random.next())
    var incarnation: UInt64 = 1
    var origin = Origin.created
    if let bytes = try StateDirectory.read(path, limit: 4_096) {
      let known = String(validating: bytes, as: UTF8.self).flatMap(parse)
      origin = known == nil ? .damaged : .otherMachine
      if let known, known.machine == machine {
        id = known.id
        incarnation = known.incarnation + 1
        origin = .kept
      }
    }
    try StateDirectory.write("\(id) \(incarnation) \(machine)\n", to: path)
    return (id, incarnation, origin)
  }

  private static func parse(_ text: String) -> (id: AgentID, incarnation: UInt64, machine: String)? {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count == 3, let id = AgentID(hex: String(words[0])), let incarnation = UInt64(words[1]),
      incarnation < .max
    else { return nil }
    return (id, incarnation, String(words[2]))
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
  case storeFull(byteCount: Int, limit: Int)
  case digestMismatch(String)
  case damaged(String)
  case notBegun
  case missing(String)

  public var description: String {
    switch self {
    case .unusable(let path, let reason): "cannot use \(path): \(reason)"
    case .locked(let path): "another agent runs on the state directory \(path): give this one its own with --state"
    case .noSpace(let path, let byteCount):
      "no space left for \(byteCount) bytes under \(path): free space there, or give the agent another --state"
    case .tooLarge(let byteCount, let limit): "a file of \(byteCount) bytes is over this agent's limit of \(limit)"
    case .storeFull(let byteCount, let limit):
      "a file of \(byteCount) bytes does not fit beside what this agent holds (its limit is \(limit) bytes)"
    case .damaged(let path): "\(path) is damaged on disk, and was removed: deploy again"
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
