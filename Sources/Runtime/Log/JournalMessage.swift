/// The kinds of entries. Each has an id of its own for good: `Packaging/edgemesh.catalog` explains it, and people filter
/// and alert by it, so an id is never used for anything else, nor changed.
enum JournalMessage: String, Sendable, CaseIterable {
  case started
  case joined
  case stopping
  case left
  case refused
  case paused

  case memberAlive = "member-alive"
  case memberSuspect = "member-suspect"
  case memberDead = "member-dead"
  case memberLeft = "member-left"
  case memberReturned = "member-returned"
  case turnedAway = "turned-away"
  case duplicateIdentity = "duplicate-identity"

  case planInstalled = "plan-installed"
  case planReady = "plan-ready"
  case planFailed = "plan-failed"
  case planDropped = "plan-dropped"

  case requestComplete = "request-complete"
  case requestDegraded = "request-degraded"
  case requestEarly = "request-early"
  case requestRefused = "request-refused"
  case requestFailed = "request-failed"
  case seatMissed = "seat-missed"
  case framesDropped = "frames-dropped"

  case memoryPressure = "memory-pressure"
  case entriesLost = "entries-lost"

  /// MESSAGE_ID: 128 random bits in hexadecimal.
  var id: String {
    switch self {
    case .started: "d3ba5605789b4009a158acff0e66ddf5"
    case .joined: "deafe0ca43c242d49a5afc422269f7d6"
    case .stopping: "5ddf14623fbf4307ba39e36fc2d97b67"
    case .left: "19ba50b7b90943d68458d68e8daf2432"
    case .refused: "a8f7201578384f2c81ac463e1dc0dbc9"
    case .paused: "683e49c7f07749a4a0e353a002673b53"
    case .memberAlive: "0634561d22a74890806a1eff6c1c7ca6"
    case .memberSuspect: "385691e7170d41779e692b22988f780f"
    case .memberDead: "18aed94fdafa45d2aa10b2c537a0ddba"
    case .memberLeft: "339311671d57496e846b6967f2abcb67"
    case .memberReturned: "23c8f0199bec4d1d9f385dfe4e6e50f8"
    case .turnedAway: "5a03e0ae3de3426b8b4b1ae5ab25686e"
    case .duplicateIdentity: "b0bfecd334a641b8b23a1ef28d49a95a"
    case .planInstalled: "951a6d8ec84b407383614b256aaaca01"
    case .planReady: "054a7d51888e4bce833fb5afba53677d"
    case .planFailed: "c637db031369452aa23cfe159ba6bfa1"
    case .planDropped: "0b9e87f2035f42a28fe2e3b66ad66eb1"
    case .requestComplete: "d47e18bac7094a56b859a6bc4f1c184c"
    case .requestDegraded: "8491f32c71174835b636d6c0c8ea1650"
    case .requestEarly: "1fb2777ec18543c8ac0db441a8e52833"
    case .requestRefused: "4fa40efcacbb4d5f9340f2381c10ab58"
    case .requestFailed: "0a8b499269944a6a9c11d239b4d77466"
    case .seatMissed: "e4df917e0fef499aa7f8455c7e9fde1c"
    case .framesDropped: "7e477a41743b4712b81e0ab365d71e04"
    case .memoryPressure: "6d25d6860f0f46c49299597ae944d867"
    case .entriesLost: "3e1d851f9f5941f9bf5d64ffb2ccce00"
    }
  }

  /// The priority, but for an entry that says otherwise (`memoryPressure` by its level).
  var priority: LogPriority {
    switch self {
    case .refused, .duplicateIdentity, .planFailed: .error
    case .paused, .memberSuspect, .memberDead, .turnedAway, .requestDegraded, .requestRefused, .requestFailed,
      .seatMissed, .framesDropped, .memoryPressure, .entriesLost:
      .warning
    case .started, .joined, .stopping, .left, .memberReturned, .planReady, .planDropped: .notice
    case .memberAlive, .memberLeft, .planInstalled, .requestComplete, .requestEarly: .info
    }
  }

  /// How often entries of a kind are told that load or a hostile peer could multiply; nil: always.
  var rate: LogRate? {
    switch self {
    case .requestComplete: LogRate(burst: 1, seconds: 60)
    case .requestDegraded, .requestEarly, .requestRefused, .requestFailed: LogRate(burst: 5, seconds: 10)
    case .seatMissed, .turnedAway, .duplicateIdentity, .refused, .paused: LogRate(burst: 5, seconds: 10)
    case .framesDropped: LogRate(burst: 1, seconds: 10)
    case .started, .joined, .stopping, .left, .memberAlive, .memberSuspect, .memberDead, .memberLeft, .memberReturned,
      .planInstalled, .planReady, .planFailed, .planDropped, .memoryPressure, .entriesLost:
      nil
    }
  }

  /// The fields that entries of this kind may have beside those of every entry; kinds with a rate have
  /// `EDGEMESH_HELD_BACK` too.
  var fields: [JournalField] {
    switch self {
    case .started: [.address, .origin, .stateDirectory]
    case .joined: [.member, .memberName]
    case .stopping: [.uptimeMilliseconds, .requestsRunning]
    case .left: [.uptimeMilliseconds, .requestsAdmitted]
    case .refused: [.reason]
    case .paused: [.pauseMilliseconds]
    case .memberAlive, .memberSuspect, .memberDead, .memberLeft, .memberReturned:
      [.member, .memberName, .memberAddress, .memberIncarnation, .state, .stateBefore]
    case .turnedAway: [.member, .memberName, .reason]
    case .duplicateIdentity: [.member, .memberAddress]
    case .planInstalled: [.plan, .generation, .seat]
    case .planReady: [.network, .plan, .generation, .seat, .weightsBytes]
    case .planFailed: [.plan, .generation, .seat, .reason]
    case .planDropped: [.network, .plan, .generation, .seat]
    case .requestComplete, .requestDegraded, .requestEarly:
      [
        .request, .outcome, .plan, .seatsAnswered, .seatsLost, .rows, .replicaRows, .zeroRows, .latencyMicroseconds,
        .computeMicroseconds, .exchangeMicroseconds,
      ]
    case .requestRefused, .requestFailed: [.request, .outcome, .plan, .reason]
    case .seatMissed: [.attempt, .seat, .stage]
    case .framesDropped: [.reason]
    case .memoryPressure:
      [
        .level, .levelBefore, .cause, .scope, .windowMilliseconds, .someStalledMilliseconds, .fullStalledMilliseconds,
        .someAverage, .fullAverage, .limitUsedBytes, .limitHighBytes, .limitMaxBytes, .machineAvailableBytes,
        .machineTotalBytes, .residentBytes, .fileRefaults, .swapRefaults, .majorFaults, .weightsBytes,
        .requestsRunning, .requestsBytes,
      ]
    case .entriesLost: [.count]
    }
  }

  /// The fields of every entry.
  static let commonFields: [JournalField] = [.event, .agent, .name, .incarnation]
}
