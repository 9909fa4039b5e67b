/// The journal fields of our own, `EDGEMESH_` and the raw value. `Protocol/journal.md` says what each holds; units stand
/// last in the names.
enum JournalField: String, Sendable, CaseIterable {
  // In every entry.
  case event = "EVENT"
  case agent = "AGENT"
  case name = "NAME"
  case incarnation = "INCARNATION"

  // This agent.
  case address = "ADDRESS"
  case origin = "ORIGIN"
  case stateDirectory = "STATE_DIRECTORY"
  case uptimeMilliseconds = "UPTIME_MS"
  case pauseMilliseconds = "PAUSE_MS"

  // Another agent.
  case member = "MEMBER"
  case memberName = "MEMBER_NAME"
  case memberAddress = "MEMBER_ADDRESS"
  case memberIncarnation = "MEMBER_INCARNATION"
  case state = "STATE"
  case stateBefore = "STATE_BEFORE"

  // Plans.
  case network = "NETWORK"
  case plan = "PLAN"
  case generation = "GENERATION"
  case seat = "SEAT"
  case stage = "STAGE"

  // Requests.
  case request = "REQUEST"
  case attempt = "ATTEMPT"
  case outcome = "OUTCOME"
  case seatsAnswered = "SEATS_ANSWERED"
  case seatsLost = "SEATS_LOST"
  case rows = "ROWS"
  case replicaRows = "ROWS_REPLICA"
  case zeroRows = "ROWS_ZERO"
  case latencyMicroseconds = "LATENCY_US"
  case computeMicroseconds = "COMPUTE_US"
  case exchangeMicroseconds = "EXCHANGE_US"
  case requestsAdmitted = "REQUESTS_ADMITTED"
  case requestsRunning = "REQUESTS_RUNNING"

  // Memory.
  case level = "LEVEL"
  case levelBefore = "LEVEL_BEFORE"
  case cause = "CAUSE"
  case scope = "SCOPE"
  case windowMilliseconds = "WINDOW_MS"
  case someStalledMilliseconds = "SOME_STALLED_MS"
  case fullStalledMilliseconds = "FULL_STALLED_MS"
  case someAverage = "SOME_AVG10"
  case fullAverage = "FULL_AVG10"
  case limitUsedBytes = "LIMIT_USED_BYTES"
  case limitHighBytes = "LIMIT_HIGH_BYTES"
  case limitMaxBytes = "LIMIT_MAX_BYTES"
  case machineAvailableBytes = "MACHINE_AVAILABLE_BYTES"
  case machineTotalBytes = "MACHINE_TOTAL_BYTES"
  case residentBytes = "RESIDENT_BYTES"
  case fileRefaults = "FILE_REFAULTS"
  case swapRefaults = "SWAP_REFAULTS"
  case majorFaults = "MAJOR_FAULTS"
  case weightsBytes = "WEIGHTS_BYTES"
  case requestsBytes = "REQUESTS_BYTES"

  // Any.
  case reason = "REASON"
  case count = "COUNT"
  case heldBack = "HELD_BACK"

  /// The field's whole name.
  var journalName: String { "EDGEMESH_\(rawValue)" }
  /// Its name in a line on standard error.
  var lineName: String { rawValue.lowercased() }
}
