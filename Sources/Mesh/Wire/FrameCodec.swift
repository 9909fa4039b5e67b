import Membership
import Plans

/// The frame codec: `Protocol/frames.md` in code. Decoding never traps, never allocates more than the limits allow and
/// reads nothing past the header; the tensor bytes of a chunk follow it.
public enum FrameCodec {
  static let magic: UInt16 = 0x4D45  // "EM"
  public static let version: UInt8 = 1
  /// Bytes before a frame's body: magic, version, kind, header length, sender, incarnation.
  static let envelopeBytes = 2 + 1 + 1 + 2 + 16 + 8

  enum Kind: UInt8 {
    case membership = 1
    case open = 2
    case chunk = 3
    case want = 4
    case progress = 5
    case cancel = 6
  }

  /// The header of a frame; a chunk's tensor bytes are appended by whoever sends it.
  public static func encode(_ frame: Frame) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(magic)
    writer.write(version)
    writer.write(kind(of: frame.body).rawValue)
    writer.write(UInt16(0))
    writer.write(frame.sender)
    writer.write(frame.incarnation)
    switch frame.body {
    case .membership(let message): writer.write(message)
    case .open(let open): writer.write(open)
    case .chunk(let chunk): writer.write(chunk)
    case .want(let want):
      writer.write(want.attempt)
      writer.write(UInt16(clamping: want.stage))
      writer.write(UInt8(clamping: want.owner))
    case .progress(let progress):
      writer.write(progress.attempt)
      writer.write(UInt16(clamping: progress.stage))
    case .cancel(let attempt): writer.write(attempt)
    }
    writer.patch(UInt16(clamping: writer.bytes.count), at: 4)
    return writer.bytes
  }

  /// A frame and the length of its header: what follows it are a chunk's bytes.
  public static func decode(_ bytes: Span<UInt8>) throws(DecodeError) -> (frame: Frame, headerLength: Int) {
    try decode(bytes, frameLength: bytes.count)
  }

  /// Decodes the header of a frame that is `frameLength` bytes long in all.
  static func decode(
    _ bytes: Span<UInt8>, frameLength: Int
  ) throws(DecodeError) -> (frame: Frame, headerLength: Int) {
    var envelope = ByteReader(bytes, count: envelopeBytes)
    guard try envelope.read(UInt16.self) == magic else { throw .wrongMagic }
    let version = try envelope.read(UInt8.self)
    guard version == Self.version else { throw .unknownVersion(version) }
    let code = try envelope.read(UInt8.self)
    guard let kind = Kind(rawValue: code) else { throw .unknownKind(code) }
    let length = Int(try envelope.read(UInt16.self))
    guard length >= envelopeBytes, length <= Limits.headerBytes, length <= bytes.count else {
      throw .outOfBounds("header length")
    }
    var reader = ByteReader(bytes, count: length)
    _ = try reader.read(count: 6)
    let sender = try reader.readAgentID()
    let incarnation = try reader.read(UInt64.self)
    let body = try decodeBody(kind, &reader)
    guard reader.remaining == 0 else { throw .trailingBytes }
    if case .chunk(let chunk) = body {
      guard frameLength - length == chunk.length else { throw .outOfBounds("chunk length") }
    } else if frameLength != length {
      throw .trailingBytes
    }
    return (Frame(sender: sender, incarnation: incarnation, body: body), length)
  }

  private static func kind(of body: Frame.Body) -> Kind {
    switch body {
    case .membership: .membership
    case .open: .open
    case .chunk: .chunk
    case .want: .want
    case .progress: .progress
    case .cancel: .cancel
    }
  }

  private static func decodeBody(_ kind: Kind, _ reader: inout ByteReader) throws(DecodeError) -> Frame.Body {
    switch kind {
    case .membership: return .membership(try reader.readMembershipMessage())
    case .open: return .open(try reader.readOpen())
    case .chunk: return .chunk(try reader.readChunk())
    case .want:
      let attempt = try reader.readAttempt()
      let stage = try reader.readStage()
      return .want(Want(attempt: attempt, stage: stage, owner: try reader.readSeat()))
    case .progress:
      let attempt = try reader.readAttempt()
      return .progress(Progress(attempt: attempt, stage: try reader.readStage()))
    case .cancel: return .cancel(try reader.readAttempt())
    }
  }
}

extension ByteWriter {
  mutating func write(_ agent: AgentID) {
    write(agent.high)
    write(agent.low)
  }

  mutating func write(_ request: RequestID) {
    write(request.client)
    write(request.number)
  }

  mutating func write(_ attempt: AttemptID) {
    write(attempt.request)
    write(attempt.gateway)
    write(attempt.gatewayIncarnation)
    write(attempt.counter)
  }

  mutating func write(_ open: OpenAttempt) {
    write(open.attempt)
    write(raw: open.plan.bytes)
    write(UInt32(clamping: open.remainingMilliseconds))
    write(UInt8(clamping: open.gatewaySeat))
    write(UInt8(clamping: open.roster.entries.count))
    for entry in open.roster.entries {
      write(UInt8(entry == nil ? 0 : 1))
      if let entry {
        write(entry.agent)
        write(entry.incarnation)
      }
    }
  }

  mutating func write(_ chunk: Chunk) {
    write(chunk.attempt)
    switch chunk.content {
    case .input(let input):
      write(UInt16.max)
      write(UInt8(clamping: input))
    case .slice(let stage, let owner):
      write(UInt16(clamping: stage))
      write(UInt8(clamping: owner))
    }
    write(chunk.elementType.code)
    write(UInt32(clamping: chunk.totalBytes))
    write(UInt32(clamping: chunk.offset))
    write(UInt32(clamping: chunk.length))
    write(chunk.provenance)
  }

  mutating func write(_ provenance: Provenance) {
    write(UInt16(clamping: provenance.entries.count))
    for entry in provenance.entries {
      write(UInt16(clamping: entry.stage))
      write(UInt8(clamping: entry.seat))
      write(UInt8(clamping: entry.fill.code))
      write(UInt32(clamping: entry.rows))
    }
  }
}

extension ByteReader {
  mutating func readAgentID() throws(DecodeError) -> AgentID {
    let high = try read(UInt64.self)
    return AgentID(high: high, low: try read(UInt64.self))
  }

  mutating func readRequest() throws(DecodeError) -> RequestID {
    let client = try read(UInt64.self)
    return RequestID(client: client, number: try read(UInt64.self))
  }

  mutating func readAttempt() throws(DecodeError) -> AttemptID {
    let request = try readRequest()
    let gateway = try readAgentID()
    let incarnation = try read(UInt64.self)
    return AttemptID(
      request: request, gateway: gateway, gatewayIncarnation: incarnation, counter: try read(UInt32.self))
  }

  mutating func readStage() throws(DecodeError) -> Int { Int(try read(UInt16.self)) }
  package mutating func readSeat() throws(DecodeError) -> Int {
    try readCount(UInt8.self, limit: Limits.seats - 1, "seat")
  }

  package mutating func readDigest() throws(DecodeError) -> PlanDigest {
    guard let digest = PlanDigest(bytes: try read(count: 32)) else { throw .truncated }
    return digest
  }

  mutating func readOpen() throws(DecodeError) -> OpenAttempt {
    let attempt = try readAttempt()
    let plan = try readDigest()
    let remaining = try readCount(UInt32.self, limit: Limits.maximumDeadlineMilliseconds, "deadline")
    let gatewaySeat = try readSeat()
    let count = try readCount(UInt8.self, limit: Limits.seats, "roster")
    var entries: [Roster.Entry?] = []
    for _ in 0..<count {
      switch try read(UInt8.self) {
      case 0: entries.append(nil)
      case 1:
        let agent = try readAgentID()
        entries.append(Roster.Entry(agent: agent, incarnation: try read(UInt64.self)))
      default: throw .outOfBounds("roster entry")
      }
    }
    return OpenAttempt(
      attempt: attempt, plan: plan, remainingMilliseconds: remaining, gatewaySeat: gatewaySeat,
      roster: Roster(entries: entries))
  }

  mutating func readChunk() throws(DecodeError) -> Chunk {
    let attempt = try readAttempt()
    let stage = try read(UInt16.self)
    let position = try readSeat()
    guard let elementType = WireElementType(code: try read(UInt8.self)) else { throw .outOfBounds("element type") }
    let total = try readCount(UInt32.self, limit: Limits.tensorBytes, "tensor bytes")
    let offset = try readCount(UInt32.self, limit: total, "chunk offset")
    let length = try readCount(UInt32.self, limit: min(Limits.chunkBytes, total - offset), "chunk length")
    return Chunk(
      attempt: attempt, content: stage == .max ? .input(position) : .slice(stage: Int(stage), owner: position),
      elementType: elementType, totalBytes: total, offset: offset, length: length, provenance: try readProvenance())
  }

  mutating func readProvenance() throws(DecodeError) -> Provenance {
    let count = try readCount(UInt16.self, limit: Limits.provenanceEntries, "provenance")
    var entries: [Provenance.Entry] = []
    for _ in 0..<count {
      let stage = Int(try read(UInt16.self))
      let seat = try readSeat()
      guard let fill = Fill(code: Int(try read(UInt8.self))) else { throw .outOfBounds("fill") }
      entries.append(.init(stage: stage, seat: seat, fill: fill, rows: Int(try read(UInt32.self))))
    }
    return Provenance(entries)
  }
}

extension WireElementType {
  var code: UInt8 {
    switch self {
    case .float32: 0
    }
  }

  init?(code: UInt8) {
    guard code == 0 else { return nil }
    self = .float32
  }
}
