/// What agents say to each other about who is there. The sender's id and incarnation travel in the frame's header.
///
/// Every message but ``view(_:)`` stays under ``bytesMax``; a view is paged.
public enum Message: Hashable, Sendable {
  /// "Are you `target`, and there?" `digest` sums up the sender's view: where it differs for long, views are exchanged.
  case ping(sequence: UInt32, target: AgentID, digest: UInt64, gossip: [Rumor])
  /// "I am there", or, from a helper, "the one you asked about is".
  case ack(sequence: UInt32, digest: UInt64, gossip: [Rumor])
  /// "Ask `target` for me: it does not answer me."
  case pingRequest(sequence: UInt32, target: AgentID, gossip: [Rumor])
  /// From a helper: "I am well, yet the one you asked about does not answer me either."
  case nack(sequence: UInt32, gossip: [Rumor])
  /// News alone, pushed.
  case gossip([Rumor])
  /// "Here I am; tell me who else is." The member is the sender's own record.
  case join(sequence: UInt32, member: Member)
  /// A page of the sender's view.
  case view(View)
  /// The answer to a join that is not granted; echoes the join's sequence.
  case refusal(sequence: UInt32, Refusal)

  /// Most bytes of any message but a view, in any sensible encoding.
  public static let bytesMax = 1_100

  /// An upper bound of the message's bytes in any sensible encoding: fixed fields, then what varies.
  public var bytesBound: Int {
    switch self {
    case .ping(_, _, _, let gossip), .ack(_, _, let gossip), .pingRequest(_, _, let gossip), .nack(_, let gossip),
      .gossip(let gossip):
      gossip.reduce(40) { $0 + $1.bytesBound }
    case .join(_, let member): 40 + member.bytesBound
    case .view(let view): view.members.reduce(40) { $0 + $1.bytesBound }
    case .refusal(_, .duplicateIdentity(_, let address)): 40 + address.utf8.count
    case .refusal: 40
    }
  }

  /// The news that the message carries on its back.
  var rumors: [Rumor] {
    switch self {
    case .ping(_, _, _, let gossip), .ack(_, _, let gossip), .pingRequest(_, _, let gossip), .nack(_, let gossip),
      .gossip(let gossip):
      gossip
    case .join, .view, .refusal: []
    }
  }
}

/// A page of an agent's view. Each page can be merged by itself, in any order; a lost page is made up for later.
public struct View: Hashable, Sendable {
  /// Echoes the join that it answers; zero where it answers none.
  public let sequence: UInt32
  /// The sender's digest of its whole view.
  public let digest: UInt64
  /// Whether the sender asks for the receiver's view, should the digests still differ after the merge.
  public let wantsReply: Bool
  public let members: [Member]

  public init(sequence: UInt32, digest: UInt64, wantsReply: Bool, members: [Member]) {
    self.sequence = sequence
    self.digest = digest
    self.wantsReply = wantsReply
    self.members = members
  }
}

/// Why an agent is not let in, or may not stay.
public enum Refusal: Hashable, Sendable, CustomStringConvertible {
  /// Another live agent has this identity: a cloned card. The one whom the mesh holds stays.
  case duplicateIdentity(incarnation: UInt64, address: String)
  /// The mesh remembers a later incarnation of this agent (or this one's end): its counter fell back.
  case staleIncarnation(known: UInt64)
  /// The mesh has as many members as it takes.
  case meshFull(limit: UInt32)

  public var description: String {
    switch self {
    case .duplicateIdentity(let incarnation, let address):
      "another live agent at \(address) (incarnation \(incarnation)) has the same identity: "
        + "give this machine its own machine id and state directory"
    case .staleIncarnation(let known):
      "the mesh knows incarnation \(known) of this agent: start it again with a higher one"
    case .meshFull(let limit):
      "the mesh has its \(limit) members: let one leave first, or start a second mesh"
    }
  }
}
