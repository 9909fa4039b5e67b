import Glibc
public import Mesh

/// Asks one agent about itself and hands it plans and shards. Requests repeat until answered; each is idempotent.
public final class AdminClient {
  public let endpoint: Endpoint
  private let socket: GatewaySocket
  private let timeoutMilliseconds: Int
  private var token: UInt64

  /// An unanswered request is sent again after this.
  static let repeatMilliseconds = 500

  /// Connects to the agent at `endpoint` (its base port); a call that is not answered within the time given fails.
  public init(to endpoint: Endpoint, timeoutMilliseconds: Int) throws {
    self.endpoint = endpoint
    self.timeoutMilliseconds = timeoutMilliseconds
    socket = try GatewaySocket(endpoint)
    var random = SystemRandomNumberGenerator()
    token = random.next()
  }

  public func status() throws -> AgentStatus {
    guard case .status(let status) = try call(.status) else { throw AdminError.unexpected(endpoint.description) }
    return status
  }

  /// The networks that the agent holds a seat of, newest first.
  public func describe() throws -> [DeployedNetwork] {
    guard case .description(let networks) = try call(.describe) else {
      throw AdminError.unexpected(endpoint.description)
    }
    return networks
  }

  /// Sends a file, unless the agent has it. `progress` is told the bytes that have arrived.
  public func store(
    _ kind: StoredKind, digest: PlanDigest, byteCount: Int,
    read: (_ offset: Int, _ count: Int) throws -> [UInt8], progress: (Int) -> Void = { _ in }
  ) throws {
    guard case .storing(let isPresent) = try call(.storeBegin(kind, digest: digest, byteCount: byteCount)) else {
      throw AdminError.unexpected(endpoint.description)
    }
    guard !isPresent else { return progress(byteCount) }
    var offset = 0
    while offset < byteCount {
      let bytes = try read(offset, min(Limits.chunkBytes, byteCount - offset))
      try done(.storeChunk(digest: digest, offset: offset, bytes: bytes))
      offset += bytes.count
      progress(offset)
    }
    try done(.storeFinish(digest: digest))
  }

  public func store(_ kind: StoredKind, digest: PlanDigest, bytes: [UInt8]) throws {
    try store(kind, digest: digest, byteCount: bytes.count, read: { Array(bytes[$0..<$0 + $1]) })
  }

  /// Has the agent take a seat of a plan whose files it has; it loads them in the background (see `status`).
  public func adopt(_ adoption: Adoption) throws { try done(.adopt(adoption)) }

  private func done(_ request: AdminRequest) throws {
    guard case .done = try call(request) else { throw AdminError.unexpected(endpoint.description) }
  }

  private func call(_ request: AdminRequest) throws -> AdminReply {
    token &+= 1
    let bytes = AdminCodec.encode(request, token: token)
    let end = MonotonicClock.now() + UInt64(timeoutMilliseconds) * 1_000_000
    var repeatAt: UInt64 = 0
    while true {
      let now = MonotonicClock.now()
      guard now < end else { throw AdminError.noAnswer(endpoint.description, milliseconds: timeoutMilliseconds) }
      if now >= repeatAt, !socket.hasBacklog {
        socket.send(try Message(bytes))
        repeatAt = now + UInt64(Self.repeatMilliseconds) * 1_000_000
      }
      socket.flush()
      while let message = socket.receive() {
        guard let (reply, answered) = try? AdminCodec.decodeReply(message.bytes()), answered == token else { continue }
        if case .failed(let reason) = reply { throw AdminError.failed(endpoint.description, reason: reason) }
        return reply
      }
      var set = PollSet()
      set.add(socket.descriptor, token: 0)
      let retry = socket.hasBacklog ? now + 2_000_000 : repeatAt
      try set.wait(until: min(end, retry)) { _ in }
    }
  }
}

/// Why an agent could not be asked, or refused.
public enum AdminError: Error, Equatable, Sendable, CustomStringConvertible {
  case noAnswer(String, milliseconds: Int)
  case failed(String, reason: String)
  case unexpected(String)

  public var description: String {
    switch self {
    case .noAnswer(let address, let milliseconds):
      "no answer from \(address) within \(milliseconds) ms: start an agent there with 'edgemesh join', or check the address"
    case .failed(let address, let reason): "\(address): \(reason)"
    case .unexpected(let address): "\(address) answered something else: is the same version of edgemesh there?"
    }
  }
}
