import Plans

/// The codec of the client port: `Protocol/client.md` in code. Kinds from 32 up; 64 and up are left to deployment and
/// status (`Runtime`).
public enum ClientCodec {
  static let magic: UInt16 = 0x4345  // "EC"
  public static let version: UInt8 = 1

  enum Kind: UInt8 {
    case submit = 32
    case input = 33
    case acknowledge = 34
    case ping = 35
    case cancel = 36
    case accepted = 48
    case pong = 49
    case redirect = 50
    case outcome = 51
  }

  private static func envelope(_ kind: Kind) -> ByteWriter {
    var writer = ByteWriter()
    writer.write(magic)
    writer.write(version)
    writer.write(kind.rawValue)
    writer.write(UInt16(0))
    return writer
  }

  private static func finish(_ writer: ByteWriter) -> [UInt8] {
    var writer = writer
    writer.patch(UInt16(clamping: writer.bytes.count), at: 4)
    return writer.bytes
  }

  public static func encode(_ frame: ClientFrame) -> [UInt8] {
    var writer: ByteWriter
    switch frame {
    case .submit(let submit):
      writer = envelope(.submit)
      writer.write(submit.request)
      writer.write(UInt32(clamping: submit.remainingMilliseconds))
      writer.write(UInt8(submit.network == nil ? 0 : 1))
      if let network = submit.network { writer.write(raw: network.bytes) }
      writer.write(UInt8(clamping: submit.inputBytes.count))
      for bytes in submit.inputBytes { writer.write(UInt32(clamping: bytes)) }
    case .input(let chunk):
      writer = envelope(.input)
      writer.write(chunk.request)
      writer.write(UInt8(clamping: chunk.input))
      writer.write(UInt32(clamping: chunk.offset))
      writer.write(UInt32(clamping: chunk.length))
    case .acknowledge(let client, let sequence):
      writer = envelope(.acknowledge)
      writer.write(client)
      writer.write(sequence)
    case .ping(let client, let number):
      writer = envelope(.ping)
      writer.write(client)
      writer.write(number)
    case .cancel(let request):
      writer = envelope(.cancel)
      writer.write(request)
    }
    return finish(writer)
  }

  public static func encode(_ reply: ClientReply) -> [UInt8] {
    var writer: ByteWriter
    switch reply {
    case .accepted(let request, let incarnation):
      writer = envelope(.accepted)
      writer.write(request)
      writer.write(incarnation)
    case .pong(let client, let number, let incarnation, let members):
      writer = envelope(.pong)
      writer.write(client)
      writer.write(number)
      writer.write(incarnation)
      writer.write(addresses: members)
    case .redirect(let request, let addresses):
      writer = envelope(.redirect)
      writer.write(request)
      writer.write(addresses: addresses)
    case .outcome(let reply):
      writer = envelope(.outcome)
      writer.write(reply)
    }
    return finish(writer)
  }

  public static func decodeFrame(_ bytes: Span<UInt8>) throws(DecodeError) -> (frame: ClientFrame, headerLength: Int) {
    let (kind, length) = try header(bytes)
    var reader = ByteReader(bytes, count: length)
    _ = try reader.read(count: 6)
    let frame: ClientFrame
    var payload = 0
    switch kind {
    case .submit: frame = .submit(try reader.readSubmit())
    case .input:
      let chunk = try reader.readInputChunk()
      payload = chunk.length
      frame = .input(chunk)
    case .acknowledge:
      let client = try reader.read(UInt64.self)
      frame = .acknowledge(client: client, sequence: try reader.read(UInt64.self))
    case .ping:
      let client = try reader.read(UInt64.self)
      frame = .ping(client: client, number: try reader.read(UInt64.self))
    case .cancel: frame = .cancel(try reader.readRequest())
    case .accepted, .pong, .redirect, .outcome: throw .unknownKind(kind.rawValue)
    }
    guard reader.remaining == 0, bytes.count - length == payload else { throw .trailingBytes }
    return (frame, length)
  }

  public static func decodeReply(_ bytes: Span<UInt8>) throws(DecodeError) -> (reply: ClientReply, headerLength: Int) {
    let (kind, length) = try header(bytes)
    var reader = ByteReader(bytes, count: length)
    _ = try reader.read(count: 6)
    let reply: ClientReply
    var payload = 0
    switch kind {
    case .accepted:
      let request = try reader.readRequest()
      reply = .accepted(request, incarnation: try reader.read(UInt64.self))
    case .pong:
      let client = try reader.read(UInt64.self)
      let number = try reader.read(UInt64.self)
      let incarnation = try reader.read(UInt64.self)
      reply = .pong(client: client, number: number, incarnation: incarnation, members: try reader.readAddresses())
    case .redirect:
      let request = try reader.readRequest()
      reply = .redirect(request, addresses: try reader.readAddresses())
    case .outcome:
      let outcome = try reader.readOutcomeReply()
      payload = outcome.length
      reply = .outcome(outcome)
    case .submit, .input, .acknowledge, .ping, .cancel: throw .unknownKind(kind.rawValue)
    }
    guard reader.remaining == 0, bytes.count - length == payload else { throw .trailingBytes }
    return (reply, length)
  }

  private static func header(_ bytes: Span<UInt8>) throws(DecodeError) -> (Kind, Int) {
    var reader = ByteReader(bytes, count: 6)
    guard try reader.read(UInt16.self) == magic else { throw .wrongMagic }
    let version = try reader.read(UInt8.self)
    guard version == Self.version else { throw .unknownVersion(version) }
    let code = try reader.read(UInt8.self)
    guard let kind = Kind(rawValue: code) else { throw .unknownKind(code) }
    let length = Int(try reader.read(UInt16.self))
    guard length >= 6, length <= Limits.headerBytes, length <= bytes.count else { throw .outOfBounds("header length") }
    return (kind, length)
  }
}

extension ByteWriter {
  mutating func write(addresses: [String]) {
    write(UInt8(clamping: min(addresses.count, ByteReader.addressLimit)))
    for address in addresses.prefix(ByteReader.addressLimit) { write(address) }
  }

  mutating func write(_ reply: OutcomeReply) {
    let outcome = reply.outcome
    write(reply.request)
    write(reply.sequence)
    write(outcome.kind.code)
    write(outcome.reason, limit: ByteReader.reasonLimit)
    write(outcome.answeredSeats.bits)
    write(outcome.lostSeats.bits)
    for rows in [outcome.totalRows, outcome.replicaRows, outcome.zeroRows] { write(UInt32(clamping: rows)) }
    let timing = outcome.timing
    for time in [timing.totalMicroseconds, timing.computeMicroseconds, timing.exchangeMicroseconds] {
      write(UInt64(clamping: time))
    }
    write(UInt8(clamping: reply.outputBytes.count))
    for bytes in reply.outputBytes { write(UInt32(clamping: bytes)) }
    write(UInt32(clamping: reply.offset))
    write(UInt32(clamping: reply.length))
  }
}

extension ByteReader {
  static let addressLimit = 32
  static let reasonLimit = 2048

  mutating func readAddresses() throws(DecodeError) -> [String] {
    let count = try readCount(UInt8.self, limit: Self.addressLimit, "addresses")
    var addresses: [String] = []
    for _ in 0..<count { addresses.append(try readText(limit: 255, "address")) }
    return addresses
  }

  mutating func readSubmit() throws(DecodeError) -> Submit {
    let request = try readRequest()
    let remaining = try readCount(UInt32.self, limit: Limits.maximumDeadlineMilliseconds, "deadline")
    let network: PlanDigest?
    switch try read(UInt8.self) {
    case 0: network = nil
    case 1: network = try readDigest()
    default: throw .outOfBounds("network")
    }
    return Submit(
      request: request, remainingMilliseconds: remaining, network: network, inputBytes: try readSizes("inputs"))
  }

  mutating func readSizes(_ what: String) throws(DecodeError) -> [Int] {
    let count = try readCount(UInt8.self, limit: Limits.namedValues, what)
    var sizes: [Int] = []
    for _ in 0..<count { sizes.append(try readCount(UInt32.self, limit: Limits.tensorBytes, what)) }
    return sizes
  }

  mutating func readInputChunk() throws(DecodeError) -> InputChunk {
    let request = try readRequest()
    let input = try readCount(UInt8.self, limit: Limits.namedValues, "input")
    let offset = try readCount(UInt32.self, limit: Limits.tensorBytes, "offset")
    return InputChunk(
      request: request, input: input, offset: offset,
      length: try readCount(UInt32.self, limit: Limits.chunkBytes, "length"))
  }

  mutating func readOutcomeReply() throws(DecodeError) -> OutcomeReply {
    let request = try readRequest()
    let sequence = try read(UInt64.self)
    guard let kind = Outcome.Kind(code: try read(UInt8.self)) else { throw .outOfBounds("outcome") }
    let reason = try readText(limit: Self.reasonLimit, "reason")
    let answered = SeatMask(bits: try read(UInt64.self))
    let lost = SeatMask(bits: try read(UInt64.self))
    let rows = [Int(try read(UInt32.self)), Int(try read(UInt32.self)), Int(try read(UInt32.self))]
    let times = [
      Int(clamping: try read(UInt64.self)), Int(clamping: try read(UInt64.self)),
      Int(clamping: try read(UInt64.self)),
    ]
    let outcome = Outcome(
      kind: kind, reason: reason, answeredSeats: answered, lostSeats: lost, totalRows: rows[0], replicaRows: rows[1],
      zeroRows: rows[2],
      timing: Timing(totalMicroseconds: times[0], computeMicroseconds: times[1], exchangeMicroseconds: times[2]))
    let outputs = try readSizes("outputs")
    let total = outputs.reduce(0, +)
    let offset = try readCount(UInt32.self, limit: total, "offset")
    let length = try readCount(UInt32.self, limit: min(Limits.chunkBytes, total - offset), "length")
    return OutcomeReply(
      request: request, sequence: sequence, outcome: outcome, outputBytes: outputs, offset: offset, length: length)
  }
}

extension Outcome.Kind {
  var code: UInt8 {
    switch self {
    case .complete: 0
    case .degraded: 1
    case .early: 2
    case .refused: 3
    case .failed: 4
    }
  }

  init?(code: UInt8) {
    guard let kind = Self.allCases.first(where: { $0.code == code }) else { return nil }
    self = kind
  }
}
