import Membership

/// The way back to one client: outcomes go one frame at a time, each repeated until it is acknowledged, because the
/// client's socket drops what comes too fast. Given up some time after the request's deadline.
struct ClientLink: Sendable {
  private struct Parcel: Sendable {
    var request: RequestID
    var outcome: Outcome
    var outputs: BufferHandle?
    var outputBytes: [Int]
    var offset = 0
    var expiry: Timestamp

    var totalBytes: Int { outputBytes.reduce(0, +) }
    var nextLength: Int { min(Limits.chunkBytes, totalBytes - offset) }
  }

  let client: UInt64
  private(set) var route: ClientRoute
  private(set) var lastHeard: Timestamp
  private var parcels: [Parcel] = []
  /// The number of the reply under way. It begins with the gateway's incarnation, so that an acknowledgement of what a
  /// former start sent is not taken for one of this start's replies.
  private var sequence: UInt64
  private var repeatAt: Timestamp?
  private var repeats = 0

  /// The first wait for an acknowledgement; it doubles up to the second figure.
  static let repeatMilliseconds = 100
  static let maximumRepeatMilliseconds = 800
  /// How long after its deadline an outcome is still offered.
  static let retentionMilliseconds = 10_000
  /// A client with open requests speaks several times a second. One that was silent for so long is gone: what waits for
  /// it is dropped.
  static let idleMilliseconds = 30_000
  /// A client for whom nothing waits makes room for another after this.
  static let restMilliseconds = 5_000

  init(client: UInt64, route: ClientRoute, incarnation: UInt64, now: Timestamp) {
    self.client = client
    self.route = route
    sequence = incarnation << 32
    lastHeard = now
  }

  /// Outcomes that were not acknowledged yet, and their output bytes.
  var waiting: Int { parcels.count }
  var waitingBytes: Int { parcels.reduce(0) { $0 + $1.totalBytes } }
  func holds(_ request: RequestID) -> Bool { parcels.contains { $0.request == request } }
  func isForgettable(now: Timestamp) -> Bool {
    parcels.isEmpty && now.milliseconds(since: lastHeard) > Self.restMilliseconds
  }

  mutating func heard(route: ClientRoute, now: Timestamp) {
    self.route = route
    lastHeard = now
  }

  mutating func enqueue(
    _ outcome: Outcome, for request: RequestID, outputs: BufferHandle?, outputBytes: [Int], deadline: Timestamp,
    _ out: inout Outbox
  ) {
    let expiry = max(deadline, out.now).advanced(milliseconds: Self.retentionMilliseconds)
    parcels.append(
      Parcel(
        request: request, outcome: outcome, outputs: outputs, outputBytes: outputs == nil ? [] : outputBytes,
        expiry: expiry))
    if parcels.count == 1 { sendHead(&out) }
  }

  mutating func acknowledged(_ acknowledged: UInt64, _ out: inout Outbox) {
    guard acknowledged == sequence, !parcels.isEmpty, repeatAt != nil else { return }
    parcels[0].offset += parcels[0].nextLength
    if parcels[0].offset >= parcels[0].totalBytes { dropHead(&out) }
    repeatAt = nil
    sendHead(&out)
  }

  var nextDeadline: Timestamp? { repeatAt }

  mutating func expire(_ out: inout Outbox) {
    guard let due = repeatAt, out.now >= due else { return }
    if out.now.milliseconds(since: lastHeard) > Self.idleMilliseconds { return close(&out) }
    while let head = parcels.first, out.now >= head.expiry {
      dropHead(&out)
      repeatAt = nil
    }
    if repeatAt == nil { sendHead(&out) } else { transmitHead(&out) }
  }

  /// Drops everything that waits.
  mutating func close(_ out: inout Outbox) {
    while !parcels.isEmpty { dropHead(&out) }
    repeatAt = nil
  }

  private mutating func dropHead(_ out: inout Outbox) {
    let head = parcels.removeFirst()
    if let outputs = head.outputs { out.add(.release(outputs)) }
  }

  private mutating func sendHead(_ out: inout Outbox) {
    guard !parcels.isEmpty else { return }
    sequence &+= 1
    repeats = 0
    transmitHead(&out)
  }

  private mutating func transmitHead(_ out: inout Outbox) {
    guard let head = parcels.first else { return }
    let reply = OutcomeReply(
      request: head.request, sequence: sequence, outcome: head.outcome, outputBytes: head.outputBytes,
      offset: head.offset, length: head.nextLength)
    let payload = head.outputs.map { Payload(buffer: $0, offset: head.offset, length: head.nextLength) }
    out.add(.reply(.outcome(reply), payload: payload, route: route))
    let wait = min(Self.repeatMilliseconds << min(repeats, 10), Self.maximumRepeatMilliseconds)
    repeatAt = out.now.advanced(milliseconds: wait)
    repeats += 1
  }
}
