import Membership

// Membership's messages on the wire: `Protocol/frames.md`, "Membership".
extension ByteWriter {
  mutating func write(_ message: MembershipMessage) {
    switch message {
    case .ping(let sequence, let target, let digest, let gossip):
      write(UInt8(1))
      write(sequence)
      write(target)
      write(digest)
      write(gossip)
    case .ack(let sequence, let digest, let gossip):
      write(UInt8(2))
      write(sequence)
      write(digest)
      write(gossip)
    case .pingRequest(let sequence, let target, let gossip):
      write(UInt8(3))
      write(sequence)
      write(target)
      write(gossip)
    case .nack(let sequence, let gossip):
      write(UInt8(4))
      write(sequence)
      write(gossip)
    case .gossip(let gossip):
      write(UInt8(5))
      write(gossip)
    case .join(let sequence, let member):
      write(UInt8(6))
      write(sequence)
      write(member)
    case .view(let view):
      write(UInt8(7))
      write(view.sequence)
      write(view.digest)
      write(UInt8(view.wantsReply ? 1 : 0))
      write(UInt16(clamping: view.members.count))
      for member in view.members { write(member) }
    case .refusal(let sequence, let refusal):
      write(UInt8(8))
      write(sequence)
      write(refusal)
    }
  }

  mutating func write(_ gossip: [Rumor]) {
    write(UInt8(clamping: gossip.count))
    for rumor in gossip.prefix(255) {
      switch rumor {
      case .record(let member):
        write(UInt8(0))
        write(member)
      case .verdict(let verdict):
        write(UInt8(1))
        write(verdict.id)
        write(verdict.incarnation)
        write(verdict.refutation)
        write(verdict.state.rawValue)
        write(UInt8(clamping: verdict.accusers.count))
        for accuser in verdict.accusers { write(accuser) }
      }
    }
  }

  mutating func write(_ member: Member) {
    write(member.id)
    write(member.incarnation)
    write(member.refutation)
    write(member.state.rawValue)
    write(member.address)
    write(member.name)
    write(member.payloadVersion)
    write(counted: member.payload)
  }

  mutating func write(_ refusal: Refusal) {
    switch refusal {
    case .duplicateIdentity(let incarnation, let address):
      write(UInt8(1))
      write(incarnation)
      write(address)
    case .staleIncarnation(let known):
      write(UInt8(2))
      write(known)
    case .meshFull(let limit):
      write(UInt8(3))
      write(limit)
    }
  }
}

extension ByteReader {
  /// More than a message under `Message.bytesMax` can hold.
  static let rumorLimit = 64
  static let viewLimit = 1_024

  mutating func readMembershipMessage() throws(DecodeError) -> MembershipMessage {
    let code = try read(UInt8.self)
    switch code {
    case 1:
      let sequence = try read(UInt32.self)
      let target = try readAgentID()
      let digest = try read(UInt64.self)
      return .ping(sequence: sequence, target: target, digest: digest, gossip: try readGossip())
    case 2:
      let sequence = try read(UInt32.self)
      let digest = try read(UInt64.self)
      return .ack(sequence: sequence, digest: digest, gossip: try readGossip())
    case 3:
      let sequence = try read(UInt32.self)
      let target = try readAgentID()
      return .pingRequest(sequence: sequence, target: target, gossip: try readGossip())
    case 4:
      let sequence = try read(UInt32.self)
      return .nack(sequence: sequence, gossip: try readGossip())
    case 5: return .gossip(try readGossip())
    case 6:
      let sequence = try read(UInt32.self)
      return .join(sequence: sequence, member: try readMember())
    case 7: return .view(try readView())
    case 8:
      let sequence = try read(UInt32.self)
      return .refusal(sequence: sequence, try readRefusal())
    default: throw .unknownKind(code)
    }
  }

  mutating func readGossip() throws(DecodeError) -> [Rumor] {
    let count = try readCount(UInt8.self, limit: Self.rumorLimit, "gossip")
    var gossip: [Rumor] = []
    for _ in 0..<count {
      switch try read(UInt8.self) {
      case 0: gossip.append(.record(try readMember()))
      case 1: gossip.append(.verdict(try readVerdict()))
      default: throw .outOfBounds("rumor")
      }
    }
    return gossip
  }

  mutating func readState() throws(DecodeError) -> Member.State {
    guard let state = Member.State(rawValue: try read(UInt8.self)) else { throw .outOfBounds("member state") }
    return state
  }

  mutating func readMember() throws(DecodeError) -> Member {
    let id = try readAgentID()
    let incarnation = try read(UInt64.self)
    let refutation = try read(UInt32.self)
    let state = try readState()
    let address = try readText(limit: Member.addressBytesMax, "address")
    let name = try readText(limit: Member.nameBytesMax, "name")
    let version = try read(UInt32.self)
    let payload = try readCounted(limit: Member.payloadBytesMax, "payload")
    do {
      return try Member(
        id: id, incarnation: incarnation, refutation: refutation, state: state, address: address, name: name,
        payloadVersion: version, payload: payload)
    } catch {
      throw .outOfBounds("member")
    }
  }

  mutating func readVerdict() throws(DecodeError) -> Verdict {
    let id = try readAgentID()
    let incarnation = try read(UInt64.self)
    let refutation = try read(UInt32.self)
    let state = try readState()
    let count = try readCount(UInt8.self, limit: Verdict.accusersMax, "accusers")
    var accusers: [AgentID] = []
    for _ in 0..<count { accusers.append(try readAgentID()) }
    do {
      return try Verdict(
        id: id, incarnation: incarnation, refutation: refutation, state: state, accusers: accusers)
    } catch {
      throw .outOfBounds("verdict")
    }
  }

  mutating func readView() throws(DecodeError) -> View {
    let sequence = try read(UInt32.self)
    let digest = try read(UInt64.self)
    let wantsReply = try read(UInt8.self) != 0
    let count = try readCount(UInt16.self, limit: Self.viewLimit, "view")
    var members: [Member] = []
    for _ in 0..<count { members.append(try readMember()) }
    return View(sequence: sequence, digest: digest, wantsReply: wantsReply, members: members)
  }

  mutating func readRefusal() throws(DecodeError) -> Refusal {
    switch try read(UInt8.self) {
    case 1:
      let incarnation = try read(UInt64.self)
      return .duplicateIdentity(
        incarnation: incarnation, address: try readText(limit: Member.addressBytesMax, "address"))
    case 2: return .staleIncarnation(known: try read(UInt64.self))
    case 3: return .meshFull(limit: try read(UInt32.self))
    default: throw .outOfBounds("refusal")
    }
  }
}
