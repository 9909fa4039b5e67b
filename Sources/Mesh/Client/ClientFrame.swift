/// What a client sends its gateway.
public enum ClientFrame: Sendable, Hashable {
  /// A request: its inputs follow in chunks. Sent again under the same id after a silence.
  case submit(Submit)
  /// A part of a request's input.
  case input(InputChunk)
  /// The reply with this number has arrived: the next may come.
  case acknowledge(client: UInt64, sequence: UInt64)
  /// Are you there? Answered by `pong` with the members.
  case ping(client: UInt64, number: UInt64)
  /// The request is no longer wanted.
  case cancel(RequestID)

  public var client: UInt64 {
    switch self {
    case .submit(let submit): submit.request.client
    case .input(let chunk): chunk.request.client
    case .acknowledge(let client, _), .ping(let client, _): client
    case .cancel(let request): request.client
    }
  }
}

/// A request's opening.
public struct Submit: Sendable, Hashable {
  public var request: RequestID
  public var remainingMilliseconds: Int
  /// The plan that the client described its inputs for; nil: the one with the fewest empty seats, the newest among equals.
  public var network: PlanDigest?
  public var inputBytes: [Int]

  public init(request: RequestID, remainingMilliseconds: Int, network: PlanDigest? = nil, inputBytes: [Int]) {
    self.request = request
    self.remainingMilliseconds = remainingMilliseconds
    self.network = network
    self.inputBytes = inputBytes
  }
}

/// A part of a request's input; the bytes follow the header.
public struct InputChunk: Sendable, Hashable {
  public var request: RequestID
  public var input: Int
  public var offset: Int
  public var length: Int

  public init(request: RequestID, input: Int, offset: Int, length: Int) {
    self.request = request
    self.input = input
    self.offset = offset
    self.length = length
  }
}

/// What a gateway sends its client. Replies with a sequence number repeat until acknowledged, one at a time.
public enum ClientReply: Sendable, Hashable {
  /// Every input byte of the request is here, at this start of the gateway.
  case accepted(RequestID, incarnation: UInt64)
  case pong(client: UInt64, number: UInt64, incarnation: UInt64, members: [String])
  /// This agent has no seat, or none yet: ask one of those, or another that you know.
  case redirect(RequestID, addresses: [String])
  case outcome(OutcomeReply)
}

/// A request's outcome, or a further part of its outputs; output bytes follow the header.
public struct OutcomeReply: Sendable, Hashable {
  public var request: RequestID
  public var sequence: UInt64
  public var outcome: Outcome
  /// Bytes of each output; the payload is a part of them laid one after another.
  public var outputBytes: [Int]
  public var offset: Int
  public var length: Int

  public init(
    request: RequestID, sequence: UInt64, outcome: Outcome, outputBytes: [Int], offset: Int, length: Int
  ) {
    self.request = request
    self.sequence = sequence
    self.outcome = outcome
    self.outputBytes = outputBytes
    self.offset = offset
    self.length = length
  }
}
