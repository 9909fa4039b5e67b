import Membership
import Mesh
import Plans
import Tensors
import Testing

@testable import Runtime

/// The administration's messages: what is written is read, and whatever else comes is an error or travels again.
@Suite struct AdminCodecTests {
  enum Message: Sendable, Hashable {
    case request(AdminRequest)
    case reply(AdminReply)

    func bytes(token: UInt64) -> [UInt8] {
      switch self {
      case .request(let request): AdminCodec.encode(request, token: token)
      case .reply(let reply): AdminCodec.encode(reply, token: token)
      }
    }

    /// Reads bytes as what this one is: a request or a reply.
    func read(_ bytes: [UInt8]) throws(DecodeError) -> (message: Message, token: UInt64) {
      switch self {
      case .request:
        let (request, token) = try AdminCodec.decodeRequest(bytes)
        return (.request(request), token)
      case .reply:
        let (reply, token) = try AdminCodec.decodeReply(bytes)
        return (.reply(reply), token)
      }
    }
  }

  struct Example: Sendable, CustomStringConvertible {
    var description: String
    var message: Message
  }

  static let digest = PlanDigest(bytes: (0..<32).map { UInt8($0) })!
  static let claims = [HoldingClaim(plan: digest, generation: 7, seat: 63)]
  static let token: UInt64 = 0x0102_0304_0506_0708

  static let status = AgentStatus(
    id: "00112233445566778899aabbccddeeff", name: "board", address: "10.0.0.1:7707", incarnation: 3,
    uptimeMilliseconds: 12_345, residentBytes: 1 << 28, memoryBytes: 1 << 30,
    plans: [
      .init(plan: digest, generation: 7, seat: 1, network: "squeezenet", residentBytes: 5 << 20, state: .ready),
      .init(plan: digest, generation: 6, seat: 0, network: "", residentBytes: 0, state: .loading),
      .init(plan: digest, generation: 5, seat: 2, network: "", residentBytes: 0, state: .failed("no such shard")),
    ],
    members: [
      .init(id: "a", name: "one", address: "10.0.0.1:7707", state: "alive", incarnation: 3, claims: claims),
      .init(id: "b", name: "", address: "10.0.0.2:7707", state: "dead", incarnation: .max, claims: []),
    ],
    requestsAdmitted: 9, requestsRunning: 1, outcomes: [5, 1, 0, 2, 1], attemptsServed: 20, framesDropped: 4,
    memory: memory)

  static let memory: MemoryStatus = {
    var memory = MemoryStatus()
    memory.level = .high
    memory.scope = "cgroup"
    memory.trigger = "service-manager"
    memory.windowMilliseconds = 2_000
    memory.someStalledMilliseconds = 700
    memory.fullStalledMilliseconds = 300
    memory.someAverageHundredths = 1_234
    memory.fullAverageHundredths = 10_000
    memory.limitUsedBytes = 0
    memory.limitBytes = 1 << 30
    return memory
  }()

  static let network = DeployedNetwork(
    plan: digest, generation: 7,
    network: NetworkReference(name: "squeezenet", digest: String(repeating: "a", count: 64)),
    inputs: [PlanValue(name: "data", shape: [1, 3, 224, 224])],
    outputs: [PlanValue(name: "scores", shape: [1, 1_000]), PlanValue(name: "scalar", shape: [])], seatCount: 4,
    manifest: Array(#"{"preprocess":"imagenet"}"#.utf8))

  static let examples: [Example] = [
    Example(description: "status?", message: .request(.status)),
    Example(description: "describe?", message: .request(.describe)),
    Example(
      description: "store begin", message: .request(.storeBegin(.shard, digest: digest, byteCount: 123_456_789))),
    Example(
      description: "store chunk", message: .request(.storeChunk(digest: digest, offset: 1 << 33, bytes: [1, 2, 3]))),
    Example(description: "store finish", message: .request(.storeFinish(digest: digest))),
    Example(
      description: "adopt",
      message: .request(.adopt(Adoption(plan: digest, manifest: digest, shard: digest, generation: .max - 1, seat: 63)))
    ),
    Example(description: "status", message: .reply(.status(status))),
    Example(description: "description", message: .reply(.description([network, network]))),
    Example(description: "storing", message: .reply(.storing(isPresent: true))),
    Example(description: "done", message: .reply(.done)),
    Example(description: "failed", message: .reply(.failed("no room for 12 bytes: 3 are left"))),
  ]

  @Test(arguments: examples)
  func whatIsWrittenIsRead(example: Example) throws {
    let bytes = example.message.bytes(token: Self.token)
    let (message, token) = try example.message.read(bytes)
    #expect(message == example.message)
    #expect(token == Self.token)
    #expect(bytes.withUnsafeBytes { AdminCodec.isAdmin($0) })
    // The client port's other decoders leave it alone.
    #expect(throws: DecodeError.self) { try ClientCodec.decodeFrame(bytes.span) }
    #expect(throws: DecodeError.self) { try ClientCodec.decodeReply(bytes.span) }
  }

  @Test(arguments: examples)
  func everyPrefixAndEveryByteMoreIsAnError(example: Example) {
    let bytes = example.message.bytes(token: Self.token)
    for count in 0..<bytes.count {
      #expect(throws: DecodeError.self, "\(count) of \(bytes.count) bytes") {
        try example.message.read(Array(bytes[0..<count]))
      }
    }
    #expect(throws: DecodeError.self) { try example.message.read(bytes + [0]) }
  }

  @Test func randomMutations() {
    let seed: UInt64 = 0xED6E_0003
    var random = SeededGenerator(seed: seed)
    var accepted = 0
    for number in 0..<20_000 {
      let example = Self.examples[random.below(Self.examples.count)].message
      var bytes = example.bytes(token: random.next())
      for _ in 0...random.below(3) where !bytes.isEmpty {
        let place = random.below(bytes.count)
        switch random.below(6) {
        case 0: bytes[place] ^= 1 << UInt8(random.below(8))
        case 1: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 2: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][random.below(5)]
        case 3: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
        case 4: bytes.remove(at: place)
        default: bytes.removeLast(random.below(bytes.count))
        }
      }
      guard let (message, token) = try? example.read(bytes) else { continue }
      accepted += 1
      guard let again = try? message.read(message.bytes(token: token)) else {
        Issue.record("seed \(seed), mutation \(number): \(message) does not decode again")
        continue
      }
      if again.message != message || again.token != token {
        Issue.record("seed \(seed), mutation \(number): \(message) comes back as \(again.message)")
      }
    }
    #expect(accepted > 1_000, "seed \(seed): too few got past the envelope to say anything")
    #expect(accepted < 20_000, "seed \(seed)")
  }

  // MARK: Bounds

  struct Bound: Sendable, CustomStringConvertible {
    var example: String
    var offset: Int
    var bytes: [UInt8]
    var error: DecodeError
    var description: String { "\(example) at \(offset): \(error)" }
  }

  static let bounds: [Bound] = [
    Bound(example: "status?", offset: 0, bytes: [0x45, 0x4D], error: .wrongMagic),
    Bound(example: "status?", offset: 2, bytes: [2], error: .unknownVersion(2)),
    Bound(example: "status?", offset: 3, bytes: [65], error: .unknownKind(65)),
    Bound(example: "status?", offset: 4, bytes: [15], error: .outOfBounds("header length")),
    Bound(example: "status?", offset: 14, bytes: [7], error: .unknownKind(7)),
    Bound(example: "store begin", offset: 15, bytes: [4], error: .outOfBounds("stored kind")),
    Bound(example: "store begin", offset: 48, bytes: [1, 0, 0, 0, 0, 1, 0, 0], error: .outOfBounds("file length")),
    Bound(
      example: "store begin", offset: 48, bytes: [UInt8](repeating: 0xFF, count: 8), error: .outOfBounds("file length")),
    Bound(
      example: "store chunk", offset: 47, bytes: [UInt8](repeating: 0xFF, count: 8), error: .outOfBounds("file offset")),
    Bound(example: "store chunk", offset: 55, bytes: [1, 0, 4, 0], error: .outOfBounds("chunk length")),
    Bound(example: "adopt", offset: 119, bytes: [64], error: .outOfBounds("seat")),
    Bound(example: "description", offset: 15, bytes: [65], error: .outOfBounds("networks")),
    Bound(example: "failed", offset: 15, bytes: [0x41, 0x1F], error: .outOfBounds("reason")),
  ]

  @Test(arguments: bounds)
  func fieldOverItsBound(bound: Bound) throws {
    let example = try #require(Self.examples.first { $0.description == bound.example })
    var bytes = example.message.bytes(token: Self.token)
    bytes.replaceSubrange(bound.offset..<bound.offset + bound.bytes.count, with: bound.bytes)
    #expect(throws: bound.error) { try example.message.read(bytes) }
  }

  @Test func aMessageOverTheLimitIsNotLookedAt() {
    let bytes = AdminCodec.encode(AdminRequest.status, token: 1)
    #expect(throws: DecodeError.outOfBounds("message length")) {
      try AdminCodec.decodeRequest(bytes + [UInt8](repeating: 0, count: AdminCodec.messageBytes))
    }
  }

  /// A reason of any length is shortened by the writer to what a reader takes, between two characters of Unicode.
  @Test(arguments: ["x", "é", "🛰️", "e\u{301}\u{302}\u{303}"])
  func longReasonsTravel(text: String) throws {
    let reason = String(repeating: text, count: 9_000)
    let bytes = AdminCodec.encode(AdminReply.failed(reason), token: 1)
    guard case .failed(let read) = try AdminCodec.decodeReply(bytes).0 else {
      Issue.record("a failure is read as something else")
      return
    }
    #expect(reason.utf8.starts(with: read.utf8))
    #expect((AdminCodec.reasonBytes - 3...AdminCodec.reasonBytes).contains(read.utf8.count))
    var status = Self.status
    status.plans[2].state = .failed(reason)
    guard case .status(let other) = try AdminCodec.decodeReply(AdminCodec.encode(.status(status), token: 1)).0,
      case .failed(let short) = other.plans[2].state
    else {
      Issue.record("a failed plan is read as something else")
      return
    }
    #expect(reason.utf8.starts(with: short.utf8) && short.utf8.count <= 4_096)
  }
}
