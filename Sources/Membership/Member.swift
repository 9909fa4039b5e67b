/// What an agent knows of an agent: who it is, where it listens, how it is thought to fare, and what it says of itself.
///
/// Everything but ``state`` is written by the agent itself; others only pass it on. A member is bounded in size, so
/// that its record always fits into one small message.
public struct Member: Hashable, Sendable {
  /// How a member fares. The only ways: `alive -> suspect -> dead`, from any of these to `left`, and back to `alive`
  /// by a refutation (same incarnation) or a restart (higher incarnation). `left` ends an incarnation for good.
  public enum State: UInt8, Hashable, Sendable, CaseIterable {
    case alive = 0
    case suspect = 1
    case dead = 2
    case left = 3
  }

  /// Longest address, in UTF-8 bytes.
  public static let addressBytesMax = 255
  /// Longest name, in UTF-8 bytes.
  public static let nameBytesMax = 64
  /// Longest payload, in bytes.
  public static let payloadBytesMax = 512

  public let id: AgentID
  /// One per start of the agent.
  public let incarnation: UInt64
  /// Raised by the agent itself to refute a suspicion or its death within the incarnation.
  public internal(set) var refutation: UInt32
  public internal(set) var state: State
  /// Where the agent listens; fixed for an incarnation.
  public let address: String
  /// For people; fixed for an incarnation.
  public let name: String
  /// Rises by one with each change of ``payload`` within an incarnation.
  public internal(set) var payloadVersion: UInt32
  /// Opaque to membership: what the agent wants all others to know (roles, plans, free memory).
  public internal(set) var payload: [UInt8]

  /// Fails where the address, the name or the payload is over its bound, or the address is empty.
  public init(
    id: AgentID, incarnation: UInt64, refutation: UInt32 = 0, state: State = .alive, address: String, name: String,
    payloadVersion: UInt32 = 0, payload: [UInt8] = []
  ) throws(MembershipError) {
    guard !address.isEmpty else { throw .emptyAddress }
    guard address.utf8.count <= Member.addressBytesMax else { throw .addressTooLong(bytes: address.utf8.count) }
    guard name.utf8.count <= Member.nameBytesMax else { throw .nameTooLong(bytes: name.utf8.count) }
    guard payload.count <= Member.payloadBytesMax else { throw .payloadTooLong(bytes: payload.count) }
    self.id = id
    self.incarnation = incarnation
    self.refutation = refutation
    self.state = state
    self.address = address
    self.name = name
    self.payloadVersion = payloadVersion
    self.payload = payload
  }

  /// Whether the member counts as there: alive, or suspect and not yet judged.
  public var isPresent: Bool { state == .alive || state == .suspect }

  /// An upper bound of the record's bytes in any message: fixed fields, three lengths, three strings.
  public var bytesBound: Int { 48 + address.utf8.count + name.utf8.count + payload.count }

  /// The bound of ``bytesBound`` over all members.
  public static let bytesBoundMax = 48 + addressBytesMax + nameBytesMax + payloadBytesMax
}

/// Why membership refuses a value or a configuration. One line each, with the remedy.
public enum MembershipError: Error, Hashable, Sendable, CustomStringConvertible {
  case emptyAddress
  case addressTooLong(bytes: Int)
  case nameTooLong(bytes: Int)
  case payloadTooLong(bytes: Int)
  case payloadVersionsExhausted
  case verdictOfLife
  case tooManyAccusers(Int)
  case notActive
  case settings(String)

  public var description: String {
    switch self {
    case .emptyAddress: "a member has an empty address: give the address on which it listens"
    case .addressTooLong(let bytes):
      "a member's address has \(bytes) bytes: at most \(Member.addressBytesMax) are allowed"
    case .nameTooLong(let bytes): "a member's name has \(bytes) bytes: at most \(Member.nameBytesMax) are allowed"
    case .payloadTooLong(let bytes):
      "a member's payload has \(bytes) bytes: at most \(Member.payloadBytesMax) are allowed"
    case .payloadVersionsExhausted: "the payload has changed 2^32 times in one incarnation: restart the agent"
    case .verdictOfLife: "a verdict says alive: only a record may say so"
    case .tooManyAccusers(let count): "a verdict names \(count) accusers: at most \(Verdict.accusersMax) are allowed"
    case .notActive: "this agent has left the mesh or was refused: start it again"
    case .settings(let relation): "membership settings contradict each other: \(relation) must hold"
    }
  }
}
