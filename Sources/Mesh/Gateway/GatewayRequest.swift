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

  init(_ submit: Submit, now: Timestamp) {
    id = submit.request
    plan = submit.network
    deadline = now.advanced(milliseconds: submit.remainingMilliseconds)
    transfers = submit.inputBytes.map { Transfer(totalBytes: $0) }
    readyAt = now
  }

  var inputBytes: [Int] { transfers.map(\.totalBytes) }

  mutating func releaseParts(_ out: inout Outbox) {
    for part in parts { out.add(.release(part.buffer)) }
    parts = []
  }
}
