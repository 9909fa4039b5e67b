import Membership

/// A request at its gateway: its input is arriving, it is queued, or an attempt of it runs.
struct GatewayRequest: Sendable {
  enum Phase: Sendable, Hashable {
    case receiving
    case queued
    case running(AttemptID)
  }

  struct InputPart: Sendable {
    var input: Int
    var offset: Int
    var length: Int
    var buffer: BufferHandle
  }

  let id: RequestID
  /// The plan that the client wants, or nil for the newest.
  let plan: PlanDigest?
  let deadline: Timestamp
  var phase = Phase.receiving
  var transfers: [Transfer]
  var parts: [InputPart] = []
  /// When the last input byte came: the gateway's clock for this request starts here.
  var readyAt: Timestamp
  /// When the client last sent something of it.
  var heardAt: Timestamp

  init(_ submit: Submit, now: Timestamp) {
    id = submit.request
    plan = submit.network
    deadline = now.advanced(milliseconds: submit.remainingMilliseconds)
    transfers = submit.inputBytes.map { Transfer(totalBytes: $0) }
    readyAt = now
    heardAt = now
  }

  /// An input of which nothing comes for so long is not waited for, however late the deadline: its client is gone, or
  /// asks another gateway.
  static let receivingMilliseconds = 10_000

  var expiry: Timestamp {
    phase == .receiving ? min(deadline, heardAt.advanced(milliseconds: Self.receivingMilliseconds)) : deadline
  }

  var inputBytes: [Int] { transfers.map(\.totalBytes) }

  mutating func releaseParts(_ out: inout Outbox) {
    for part in parts { out.add(.release(part.buffer)) }
    parts = []
  }
}
