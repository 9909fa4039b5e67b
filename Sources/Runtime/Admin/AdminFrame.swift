public import Mesh
import Plans
import Tensors

/// What is stored at an agent, by the digest of its bytes.
public enum StoredKind: UInt8, Sendable, CaseIterable {
  case plan = 1
  case manifest = 2
  case shard = 3
}

/// Questions and orders on the client port beside requests: status, description, deployment. `Protocol/client.md`,
/// "Administration".
enum AdminRequest: Sendable, Hashable {
  case status
  case describe
  /// A file is coming: `digest` is the SHA-256 of its bytes.
  case storeBegin(StoredKind, digest: PlanDigest, byteCount: Int)
  case storeChunk(digest: PlanDigest, offset: Int, bytes: [UInt8])
  /// Every byte was sent: check and keep it.
  case storeFinish(digest: PlanDigest)
  /// Take this seat of this plan, as of this generation.
  case adopt(Adoption)
}

/// A seat of a plan to take, and the files that it needs.
public struct Adoption: Sendable, Hashable {
  public var plan: PlanDigest
  public var manifest: PlanDigest
  public var shard: PlanDigest
  public var generation: UInt64
  public var seat: Int

  public init(plan: PlanDigest, manifest: PlanDigest, shard: PlanDigest, generation: UInt64, seat: Int) {
    self.plan = plan
    self.manifest = manifest
    self.shard = shard
    self.generation = generation
    self.seat = seat
  }
}

enum AdminReply: Sendable, Hashable {
  case status(AgentStatus)
  case description([DeployedNetwork])
  /// The file may come (`isPresent`: it is here already).
  case storing(isPresent: Bool)
  case done
  case failed(String)
}

/// Their codec. A token pairs a reply with its request: requests repeat until answered, and each is idempotent.
enum AdminCodec {
  static let kindRequest: UInt8 = 64
  static let kindReply: UInt8 = 65
  /// Bytes of a message at most.
  static let messageBytes = 384 << 10
  /// Bytes of a reason at most.
  static let reasonBytes = 8_000

  static func isAdmin(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count > 4 && bytes[0] == 0x45 && bytes[1] == 0x43 && bytes[3] >= 64
  }

  private static func envelope(_ kind: UInt8, _ token: UInt64) -> ByteWriter {
    var writer = ByteWriter()
    writer.write(UInt16(0x4345))
    writer.write(ClientCodec.version)
    writer.write(kind)
    writer.write(UInt16(14))
    writer.write(token)
    return writer
  }

  private static func open(_ bytes: [UInt8], _ kind: UInt8) throws(DecodeError) -> (ByteReader, UInt64) {
    guard bytes.count <= messageBytes else { throw .outOfBounds("message length") }
    var reader = ByteReader(bytes)
    guard try reader.read(UInt16.self) == 0x4345 else { throw .wrongMagic }
    let version = try reader.read(UInt8.self)
    guard version == ClientCodec.version else { throw .unknownVersion(version) }
    let actual = try reader.read(UInt8.self)
    guard actual == kind else { throw .unknownKind(actual) }
    guard try reader.read(UInt16.self) == 14 else { throw .outOfBounds("header length") }
    let token = try reader.read(UInt64.self)
    return (reader, token)
  }

  static func encode(_ request: AdminRequest, token: UInt64) -> [UInt8] {
    var writer = envelope(kindRequest, token)
    switch request {
    case .status: writer.write(UInt8(1))
    case .describe: writer.write(UInt8(2))
    case .storeBegin(let kind, let digest, let byteCount):
      writer.write(UInt8(3))
      writer.write(kind.rawValue)
      writer.write(raw: digest.bytes)
      writer.write(UInt64(clamping: byteCount))
    case .storeChunk(let digest, let offset, let bytes):
      writer.write(UInt8(4))
      writer.write(raw: digest.bytes)
      writer.write(UInt64(clamping: offset))
      writer.write(UInt32(clamping: bytes.count))
      writer.write(raw: bytes)
    case .storeFinish(let digest):
      writer.write(UInt8(5))
      writer.write(raw: digest.bytes)
    case .adopt(let adoption):
      writer.write(UInt8(6))
      for digest in [adoption.plan, adoption.manifest, adoption.shard] { writer.write(raw: digest.bytes) }
      writer.write(adoption.generation)
      writer.write(UInt8(clamping: adoption.seat))
    }
    return writer.bytes
  }

  static func decodeRequest(_ bytes: [UInt8]) throws(DecodeError) -> (AdminRequest, token: UInt64) {
    var (reader, token) = try open(bytes, kindRequest)
    let code = try reader.read(UInt8.self)
    let request: AdminRequest
    switch code {
    case 1: request = .status
    case 2: request = .describe
    case 3:
      guard let kind = StoredKind(rawValue: try reader.read(UInt8.self)) else { throw .outOfBounds("stored kind") }
      let digest = try reader.readDigest()
      request = .storeBegin(
        kind, digest: digest, byteCount: try reader.readCount(UInt64.self, limit: 1 << 40, "file length"))
    case 4:
      let digest = try reader.readDigest()
      let offset = try reader.readCount(UInt64.self, limit: 1 << 40, "file offset")
      let count = try reader.readCount(UInt32.self, limit: Limits.chunkBytes, "chunk length")
      request = .storeChunk(digest: digest, offset: offset, bytes: try reader.read(count: count))
    case 5: request = .storeFinish(digest: try reader.readDigest())
    case 6:
      let plan = try reader.readDigest()
      let manifest = try reader.readDigest()
      let shard = try reader.readDigest()
      let generation = try reader.readGeneration()
      request = .adopt(
        Adoption(
          plan: plan, manifest: manifest, shard: shard, generation: generation, seat: try reader.readSeat()))
    default: throw .unknownKind(code)
    }
    guard reader.remaining == 0 else { throw .trailingBytes }
    return (request, token)
  }

  static func encode(_ reply: AdminReply, token: UInt64) -> [UInt8] {
    var writer = envelope(kindReply, token)
    switch reply {
    case .status(let status):
      writer.write(UInt8(1))
      writer.write(status)
    case .description(let networks):
      writer.write(UInt8(2))
      writer.write(UInt8(clamping: networks.count))
      for network in networks.prefix(255) { writer.write(network) }
    case .storing(let isPresent):
      writer.write(UInt8(3))
      writer.write(UInt8(isPresent ? 1 : 0))
    case .done: writer.write(UInt8(4))
    case .failed(let reason):
      writer.write(UInt8(5))
      writer.write(reason, limit: reasonBytes)
    }
    return writer.bytes
  }

  static func decodeReply(_ bytes: [UInt8]) throws(DecodeError) -> (AdminReply, token: UInt64) {
    var (reader, token) = try open(bytes, kindReply)
    let code = try reader.read(UInt8.self)
    let reply: AdminReply
    switch code {
    case 1: reply = .status(try reader.readStatus())
    case 2:
      let count = try reader.readCount(UInt8.self, limit: 64, "networks")
      var networks: [DeployedNetwork] = []
      for _ in 0..<count { networks.append(try reader.readDeployedNetwork()) }
      reply = .description(networks)
    case 3: reply = .storing(isPresent: try reader.read(UInt8.self) != 0)
    case 4: reply = .done
    case 5: reply = .failed(try reader.readText(limit: reasonBytes, "reason"))
    default: throw .unknownKind(code)
    }
    guard reader.remaining == 0 else { throw .trailingBytes }
    return (reply, token)
  }
}
