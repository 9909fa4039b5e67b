import Membership
import Plans
import Testing

@testable import Mesh

/// Bytes that nobody meant: every decoder ends in an error or in a value that travels again unchanged.
@Suite struct CodecRobustnessTests {
  static let seed: UInt64 = 0xED6E_0001
  static let mutations = 20_000

  /// Decodes with every reader; what decodes must come back equal from its own encoding, within the header's bound.
  private func check(_ bytes: [UInt8], _ context: @autoclosure () -> String) -> Int {
    var accepted = 0
    for reader in Vector.Reader.allCases {
      guard let (content, length) = try? reader.decode(bytes) else { continue }
      accepted += 1
      let header = Vector.encode(content)
      if length > Limits.headerBytes || header.count > length {
        Issue.record("\(context()): a header of \(length) bytes was taken and becomes \(header.count)")
      }
      guard let again = try? reader.decode(header + bytes[length...]) else {
        Issue.record("\(context()): \(content) does not decode again")
        continue
      }
      if again.content != content { Issue.record("\(context()): \(content) comes back as \(again.content)") }
    }
    return accepted
  }

  @Test(arguments: Vector.all)
  func everyPrefixIsAnError(vector: Vector) {
    let bytes = vector.bytes
    for count in 0..<bytes.count {
      let prefix = Array(bytes[0..<count])
      for reader in Vector.Reader.allCases {
        #expect(throws: DecodeError.self, "\(count) of \(bytes.count) bytes") { try reader.decode(prefix) }
      }
    }
  }

  @Test(arguments: Vector.all)
  func aByteMoreIsAnError(vector: Vector) {
    for byte in [UInt8(0), 0xFF] {
      #expect(throws: DecodeError.self) { try vector.reader.decode(vector.bytes + [byte]) }
    }
  }

  /// A prefix whose length field was made to fit: the bounds inside the header are what holds.
  @Test(arguments: Vector.all)
  func everyConsistentPrefixIsAnError(vector: Vector) {
    for count in 6..<vector.header.count {
      var prefix = Array(vector.header[0..<count])
      prefix[4] = UInt8(count & 0xFF)
      prefix[5] = UInt8(count >> 8)
      #expect(throws: DecodeError.self, "\(count) bytes") { try vector.reader.decode(prefix + vector.payload) }
    }
  }

  @Test func randomMutations() {
    var random = SeededGenerator(seed: Self.seed)
    var accepted = 0
    for number in 0..<Self.mutations {
      let bytes = mutated(&random)
      accepted += check(bytes, "seed \(Self.seed), mutation \(number), \(bytes)")
    }
    // Some of them must get past the envelope, or the test would look at nothing else.
    #expect(accepted > Self.mutations / 100, "seed \(Self.seed)")
    #expect(accepted < Self.mutations, "seed \(Self.seed)")
  }

  private func mutated(_ random: inout SeededGenerator) -> [UInt8] {
    var bytes = Vector.all[random.below(Vector.all.count)].bytes
    for _ in 0...random.below(3) {
      guard !bytes.isEmpty else { break }
      let place = random.below(bytes.count)
      switch random.below(7) {
      case 0: bytes[place] ^= 1 << UInt8(random.below(8))
      case 1: bytes[place] = UInt8(truncatingIfNeeded: random.next())
      case 2: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][random.below(5)]
      case 3: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
      case 4: bytes.remove(at: place)
      case 5: bytes.removeLast(random.below(bytes.count))
      default:
        let other = Vector.all[random.below(Vector.all.count)].bytes
        let start = random.below(other.count)
        bytes.replaceSubrange(place..., with: other[start...])
      }
    }
    // Half of them keep a length field that fits, so that the fields behind it are read.
    if bytes.count >= 6, random.below(2) == 0 {
      let payload = min(bytes.count - 6, [0, 0, 4, 8][random.below(4)])
      bytes[4] = UInt8((bytes.count - payload) & 0xFF)
      bytes[5] = UInt8((bytes.count - payload) >> 8 & 0xFF)
    }
    return bytes
  }

  // MARK: Bounds

  struct Bound: Sendable, CustomStringConvertible {
    var vector: String
    /// Where the field lies, as the tables of `Protocol/` say.
    var offset: Int
    var bytes: [UInt8]
    var error: DecodeError
    var description: String { "\(vector) at \(offset): \(error)" }
  }

  static let bounds: [Bound] = [
    Bound(vector: "cancel", offset: 0, bytes: [0x45, 0x43], error: .wrongMagic),
    Bound(vector: "cancel", offset: 2, bytes: [2], error: .unknownVersion(2)),
    Bound(vector: "cancel", offset: 3, bytes: [7], error: .unknownKind(7)),
    Bound(vector: "cancel", offset: 4, bytes: [0xFF, 0xFF], error: .outOfBounds("header length")),
    Bound(vector: "cancel", offset: 4, bytes: [29, 0], error: .outOfBounds("header length")),
    Bound(vector: "membership-nack", offset: 30, bytes: [9], error: .unknownKind(9)),
    Bound(vector: "membership-gossip", offset: 31, bytes: [65], error: .outOfBounds("gossip")),
    Bound(vector: "membership-gossip", offset: 32, bytes: [2], error: .outOfBounds("rumor")),
    Bound(vector: "membership-gossip", offset: 61, bytes: [4], error: .outOfBounds("member state")),
    Bound(vector: "membership-gossip", offset: 62, bytes: [0, 1], error: .outOfBounds("address")),
    Bound(vector: "membership-view", offset: 44, bytes: [0x01, 0x04], error: .outOfBounds("view")),
    Bound(vector: "membership-refusal-stale", offset: 35, bytes: [4], error: .outOfBounds("refusal")),
    Bound(vector: "open", offset: 106, bytes: [0x81, 0xEE, 0x36, 0], error: .outOfBounds("deadline")),
    Bound(vector: "open", offset: 110, bytes: [64], error: .outOfBounds("seat")),
    Bound(vector: "open", offset: 111, bytes: [65], error: .outOfBounds("roster")),
    Bound(vector: "open", offset: 112, bytes: [2], error: .outOfBounds("roster entry")),
    Bound(vector: "chunk-input", offset: 77, bytes: [1], error: .outOfBounds("element type")),
    Bound(vector: "chunk-input", offset: 78, bytes: [1, 0, 0, 0x40], error: .outOfBounds("tensor bytes")),
    Bound(vector: "chunk-input", offset: 82, bytes: [9, 0, 0, 0], error: .outOfBounds("chunk offset")),
    Bound(vector: "chunk-input", offset: 86, bytes: [9, 0, 0, 0], error: .outOfBounds("chunk length")),
    Bound(vector: "chunk-input", offset: 86, bytes: [4, 0, 0, 0], error: .outOfBounds("chunk length")),
    Bound(vector: "chunk-input", offset: 90, bytes: [0x01, 0x02], error: .outOfBounds("provenance")),
    Bound(vector: "chunk-slice", offset: 95, bytes: [2], error: .outOfBounds("fill")),
    Bound(vector: "client-submit", offset: 26, bytes: [2], error: .outOfBounds("network")),
    Bound(vector: "client-submit", offset: 59, bytes: [65], error: .outOfBounds("inputs")),
    Bound(vector: "client-input", offset: 27, bytes: [1, 0, 4, 0], error: .outOfBounds("length")),
    Bound(vector: "reply-pong", offset: 30, bytes: [33], error: .outOfBounds("addresses")),
    Bound(vector: "reply-outcome-refused", offset: 30, bytes: [5], error: .outOfBounds("outcome")),
    Bound(vector: "reply-outcome-refused", offset: 31, bytes: [0x01, 0x08], error: .outOfBounds("reason")),
  ]

  @Test(arguments: bounds)
  func fieldOverItsBound(bound: Bound) throws {
    let vector = try #require(Vector.all.first { $0.name == bound.vector })
    var bytes = vector.bytes
    bytes.replaceSubrange(bound.offset..<bound.offset + bound.bytes.count, with: bound.bytes)
    #expect(throws: bound.error) { try vector.reader.decode(bytes) }
  }

  @Test func limitsHoldTogether() {
    Limits.assertRelations()
  }

  /// What is largest in each direction stays within the header's bound and travels.
  @Test func largestMessagesTravel() throws {
    let label = Provenance(
      (0..<Limits.provenanceEntries).map { .init(stage: $0 / 64, seat: $0 % 64, fill: .zero, rows: 1 << 20) })
    let chunk = Chunk(
      attempt: Vector.attempt, content: .slice(stage: 4_095, owner: 63), totalBytes: Limits.tensorBytes,
      offset: Limits.tensorBytes - Limits.chunkBytes, length: Limits.chunkBytes, provenance: label)
    let open = OpenAttempt(
      attempt: Vector.attempt, plan: Vector.plan, remainingMilliseconds: Limits.maximumDeadlineMilliseconds,
      gatewaySeat: 63,
      roster: Roster(entries: (0..<64).map { Roster.Entry(agent: AgentID(high: 1, low: $0), incarnation: .max) }))
    let record = try Member(
      id: Vector.bob, incarnation: .max, address: String(repeating: "a", count: Member.addressBytesMax),
      name: String(repeating: "n", count: Member.nameBytesMax),
      payload: [UInt8](repeating: 1, count: Member.payloadBytesMax))
    let page = Array(repeating: record, count: Settings.standard.viewPageBytes / record.bytesBound)
    let bodies: [Frame.Body] = [
      .chunk(chunk), .open(open),
      .membership(.view(View(sequence: 1, digest: 2, wantsReply: false, members: page))),
    ]
    for body in bodies {
      let frame = Frame(sender: Vector.alice, incarnation: .max, body: body)
      let header = FrameCodec.encode(frame)
      #expect(header.count <= Limits.headerBytes)
      let length = if case .chunk(let chunk) = body { chunk.length } else { 0 }
      #expect(try FrameCodec.decode(header.span, frameLength: header.count + length).frame == frame)
    }
    let outcome = OutcomeReply(
      request: Vector.request, sequence: .max,
      outcome: Outcome(kind: .failed, reason: String(repeating: "🛰️", count: 1_000)),
      outputBytes: [Int](repeating: Limits.tensorBytes, count: Limits.namedValues), offset: 0, length: 0)
    let bytes = ClientCodec.encode(.outcome(outcome))
    guard case .outcome(let reply) = try ClientCodec.decodeReply(bytes.span).reply else {
      Issue.record("an outcome decodes as something else")
      return
    }
    #expect(reply.outputBytes == outcome.outputBytes)
    #expect(outcome.outcome.reason.utf8.starts(with: reply.outcome.reason.utf8))
    #expect((2_040...2_048).contains(reply.outcome.reason.utf8.count))
  }
}
