public import Membership

/// A client's mind: requests go to one gateway, and to the next one under the same id when it dies or falls silent; the
/// first terminal outcome of a request counts. Without I/O, like the agent's.
///
/// Every request that is submitted ends in exactly one `deliver`, at the latest `Limits.outcomeGraceMilliseconds` after
/// its deadline.
public struct ClientSession: Sendable {
  public enum Effect: Sendable {
    /// To the gateway at `address`; `input` names the request's bytes that go behind the header.
    case send(ClientFrame, input: InputRange?, address: String)
    /// The request's terminal outcome. The outputs are the parts' bytes, in order; then the parts are the caller's.
    case deliver(RequestID, Outcome, parts: [BufferHandle], outputBytes: [Int], report: Report)
    case release(BufferHandle)
    /// The gateway is given up for the next one.
    case gatewayChanged(from: String, to: String)
  }

  /// A range of a request's input that the caller keeps until the request is delivered.
  public struct InputRange: Sendable, Hashable {
    public var input: Int
    public var offset: Int
    public var length: Int
  }

  /// How a request fared on its way.
  public struct Report: Sendable, Hashable {
    public var gateway: String
    /// How often it was sent: 1 where no gateway was lost.
    public var submissions: Int
    public var latencyMicroseconds: Int
  }

  private struct Pending: Sendable {
    var id: RequestID
    var inputBytes: [Int]
    var submittedAt: Timestamp
    var deadline: Timestamp
    var submissions = 0
    /// The start of the gateway that has the whole input; nil until it says so.
    var acceptedBy: UInt64?
    var resubmitAt: Timestamp
    var parts: [Part] = []
  }

  /// A part of an outcome's outputs. Only parts of the same execution belong together: a gateway that started anew
  /// computes the answer again.
  private struct Part: Sendable {
    var offset: Int
    var length: Int
    var buffer: BufferHandle
    var source: Source
  }

  /// Where an outcome comes from: the gateway, and the sequence number of the outcome's first part there.
  private struct Source: Sendable, Hashable {
    var gateway: String
    var firstSequence: UInt64

    init(_ reply: OutcomeReply, from address: String) {
      gateway = address
      firstSequence = reply.sequence &- UInt64(clamping: reply.offset / Limits.chunkBytes)
    }
  }

  /// How often the gateway is asked whether it is there, and when its silence means that it is not.
  static let pingMilliseconds = 200
  static let silenceMilliseconds = 1_000
  /// When an input that was not confirmed is sent again to a gateway that is there.
  static let resubmitMilliseconds = 1_000

  public let client: UInt64
  public private(set) var addresses: [String]
  private var current = 0
  private let plan: PlanDigest?
  private var pending: [Pending] = []
  private var nextNumber: UInt64 = 0
  private var lastHeard: Timestamp
  private var nextPing: Timestamp
  private var pings: UInt64 = 0
  /// Redirections that were followed since a gateway took a request, or since one was last repeated.
  private var redirectsInRow = 0

  public init(client: UInt64, gateways: [String], plan: PlanDigest?, now: Timestamp) {
    precondition(!gateways.isEmpty, "a client needs a gateway")
    self.client = client
    addresses = gateways
    self.plan = plan
    lastHeard = now
    nextPing = now
  }

  public var inFlight: Int { pending.count }
  public var gateway: String { addresses[current] }

  public var nextDeadline: Timestamp? {
    guard !pending.isEmpty else { return nil }
    var next = min(nextPing, lastHeard.advanced(milliseconds: Self.silenceMilliseconds))
    for request in pending {
      next = min(next, expiry(request))
      if request.acceptedBy == nil { next = min(next, request.resubmitAt) }
    }
    return next
  }

  /// Submits a request whose inputs have the given bytes.
  public mutating func submit(inputBytes: [Int], deadlineMilliseconds: Int, now: Timestamp) -> (RequestID, [Effect]) {
    let id = RequestID(client: client, number: nextNumber)
    nextNumber += 1
    if pending.isEmpty {
      lastHeard = now
      nextPing = now
    }
    pending.append(
      Pending(
        id: id, inputBytes: inputBytes, submittedAt: now,
        deadline: now.advanced(milliseconds: min(deadlineMilliseconds, Limits.maximumDeadlineMilliseconds)),
        resubmitAt: now))
    var effects: [Effect] = []
    send(pending.count - 1, now: now, &effects)
    return (id, effects)
  }

  /// A reply from the gateway at `address`; `buffer` holds an outcome's output bytes.
  public mutating func receive(
    _ reply: ClientReply, from address: String, buffer: BufferHandle?, now: Timestamp
  ) -> [Effect] {
    var effects: [Effect] = []
    if address == gateway { lastHeard = now }
    switch reply {
    case .accepted(let id, let incarnation):
      if let buffer { effects.append(.release(buffer)) }
      if address == gateway, let index = index(of: id) {
        pending[index].acceptedBy = incarnation
        redirectsInRow = 0
      }
    case .pong(_, _, let incarnation, let members):
      if let buffer { effects.append(.release(buffer)) }
      if address == gateway { resubmitLost(to: incarnation, now: now, &effects) }
      for member in members where !addresses.contains(member) && addresses.count < 64 { addresses.append(member) }
    case .redirect(let id, let members):
      if let buffer { effects.append(.release(buffer)) }
      redirect(id, to: members, from: address, now: now, &effects)
    case .outcome(let outcome):
      effects.append(
        .send(.acknowledge(client: client, sequence: outcome.sequence), input: nil, address: address))
      receive(outcome, from: address, buffer: buffer, now: now, &effects)
    }
    return effects
  }

  /// Time has passed: `nextDeadline` or later.
  public mutating func timer(now: Timestamp) -> [Effect] {
    var effects: [Effect] = []
    while let index = pending.firstIndex(where: { now >= expiry($0) }) {
      let outcome = Outcome(kind: .failed, reason: "no gateway answered by the deadline")
      deliver(index, outcome, parts: [], outputBytes: [], from: gateway, now: now, &effects)
    }
    guard !pending.isEmpty else { return effects }
    if now >= lastHeard.advanced(milliseconds: Self.silenceMilliseconds) {
      failOver(to: (current + 1) % addresses.count, now: now, &effects)
    } else if now >= nextPing {
      pings += 1
      nextPing = now.advanced(milliseconds: Self.pingMilliseconds)
      effects.append(.send(.ping(client: client, number: pings), input: nil, address: gateway))
    }
    for index in pending.indices where pending[index].acceptedBy == nil && now >= pending[index].resubmitAt {
      redirectsInRow = 0
      send(index, now: now, &effects)
    }
    return effects
  }

  // MARK: Steps

  private func index(of id: RequestID) -> Int? { pending.firstIndex { $0.id == id } }

  /// The gateway's own word on the deadline is waited for; then the client speaks for it.
  private func expiry(_ request: Pending) -> Timestamp {
    request.deadline.advanced(milliseconds: Limits.outcomeGraceMilliseconds * 9 / 10)
  }

  private mutating func send(_ index: Int, now: Timestamp, _ effects: inout [Effect]) {
    pending[index].submissions += 1
    pending[index].resubmitAt = now.advanced(milliseconds: Self.resubmitMilliseconds)
    let request = pending[index]
    let remaining = max(1, request.deadline.milliseconds(since: now))
    let submit = Submit(
      request: request.id, remainingMilliseconds: remaining, network: plan, inputBytes: request.inputBytes)
    effects.append(.send(.submit(submit), input: nil, address: gateway))
    for (input, bytes) in request.inputBytes.enumerated() {
      for (offset, length) in Transfer.chunks(of: bytes) {
        let chunk = InputChunk(request: request.id, input: input, offset: offset, length: length)
        effects.append(
          .send(
            .input(chunk), input: InputRange(input: input, offset: offset, length: length), address: gateway))
      }
    }
  }

  /// A gateway that started anew knows nothing of what its former start had accepted.
  private mutating func resubmitLost(to incarnation: UInt64, now: Timestamp, _ effects: inout [Effect]) {
    for index in pending.indices {
      guard let known = pending[index].acceptedBy, known != incarnation else { continue }
      pending[index].acceptedBy = nil
      send(index, now: now, &effects)
    }
  }

  /// Everything unanswered goes to another gateway, under the same ids.
  private mutating func failOver(to next: Int, now: Timestamp, _ effects: inout [Effect]) {
    let previous = gateway
    current = next
    lastHeard = now
    nextPing = now
    effects.append(.gatewayChanged(from: previous, to: gateway))
    for index in pending.indices {
      pending[index].acceptedBy = nil
      send(index, now: now, &effects)
    }
  }

  private mutating func redirect(
    _ id: RequestID, to members: [String], from address: String, now: Timestamp, _ effects: inout [Effect]
  ) {
    guard address == gateway, let index = index(of: id) else { return }
    for member in members where !addresses.contains(member) && addresses.count < 64 { addresses.append(member) }
    let target = members.first { $0 != address }.flatMap { addresses.firstIndex(of: $0) }
    let next = target ?? (current + 1) % addresses.count
    guard next != current, redirectsInRow < addresses.count else {
      // Everybody was asked: again in a while, not round and round.
      let again = now.advanced(milliseconds: Self.pingMilliseconds)
      pending[index].resubmitAt = min(pending[index].resubmitAt, again)
      return
    }
    redirectsInRow += 1
    failOver(to: next, now: now, &effects)
  }

  private mutating func receive(
    _ reply: OutcomeReply, from address: String, buffer: BufferHandle?, now: Timestamp, _ effects: inout [Effect]
  ) {
    // A gateway that was given up (it was paused, say) may bring an answer; that it has none is no longer its to say.
    guard let index = index(of: reply.request), address == gateway || reply.outcome.kind.hasOutputs else {
      if let buffer { effects.append(.release(buffer)) }
      return
    }
    let source = Source(reply, from: address)
    if let buffer {
      let known = pending[index].parts.contains { $0.offset == reply.offset && $0.source == source }
      if known || reply.length == 0 || reply.offset % Limits.chunkBytes != 0 {
        effects.append(.release(buffer))
      } else {
        pending[index].parts.append(Part(offset: reply.offset, length: reply.length, buffer: buffer, source: source))
      }
    }
    let parts = pending[index].parts.filter { $0.source == source }.sorted { $0.offset < $1.offset }
    guard parts.reduce(0, { $0 + $1.length }) >= reply.outputBytes.reduce(0, +) else { return }
    redirectsInRow = 0
    deliver(
      index, reply.outcome, parts: parts, outputBytes: reply.outputBytes, from: address, now: now, &effects)
  }

  /// Ends a request; parts of its outputs that are not `parts` are let go.
  private mutating func deliver(
    _ index: Int, _ outcome: Outcome, parts: [Part], outputBytes: [Int], from address: String, now: Timestamp,
    _ effects: inout [Effect]
  ) {
    let request = pending.remove(at: index)
    let isWhole = outcome.kind.hasOutputs
    let parts = isWhole ? parts : []
    let taken = Set(parts.map(\.buffer))
    for part in request.parts where !taken.contains(part.buffer) { effects.append(.release(part.buffer)) }
    let report = Report(
      gateway: address, submissions: request.submissions,
      latencyMicroseconds: now.microseconds(since: request.submittedAt))
    effects.append(
      .deliver(request.id, outcome, parts: parts.map(\.buffer), outputBytes: isWhole ? outputBytes : [], report: report)
    )
  }
}
