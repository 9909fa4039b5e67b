/// Every bound of the mesh, in one place. The relations that must hold between them are checked by `assertRelations`.
public enum Limits {
  /// Tensor bytes in one frame: small enough that a heartbeat never waits behind megabytes.
  public static let chunkBytes = 256 * 1024
  /// Header bytes of a frame at most: room for a page of a view, or for a chunk's longest label.
  public static let headerBytes = 20 * 1024
  /// Seats in a plan; a roster is one 64-bit mask.
  public static let seats = 64
  /// Bytes of one tensor (a stage's slice, an input, an output).
  public static let tensorBytes = 1 << 30
  /// Named inputs or outputs of a network.
  public static let namedValues = 64
  /// Label entries that travel; more are summed up a seat (`Provenance.collapsed`).
  public static let provenanceEntries = 512

  /// Attempts that a seat works on at once.
  public static let attemptsPerSeat = 32
  /// Attempts of one other gateway among them; over it the oldest ends, which it has forgotten.
  public static let attemptsPerGateway = 8
  /// Frames, and their bytes, that wait for an attempt whose opening frame has not arrived.
  public static let earlyFrames = 1024
  public static let earlyBytes = 64 << 20
  public static let earlyMilliseconds = 2_000

  /// Requests that one agent holds as gateway, and how many of them run at once.
  public static let requestsPerGateway = 64
  public static let requestsRunning = 4
  /// Clients that one agent serves at once.
  public static let clients = 256
  /// Peers whose lateness one agent remembers.
  public static let peers = 1_024
  /// Outcomes that wait for one client's acknowledgement; over that its further requests are dropped.
  public static let outcomesPerClient = 256
  /// Bytes of requests and of outcomes that one gateway holds.
  public static let inputBytesPerGateway = 256 << 20

  public static let defaultDeadlineMilliseconds = 10_000
  public static let maximumDeadlineMilliseconds = 3_600_000
  /// How much later than its deadline a request's terminal answer may reach the client.
  public static let outcomeGraceMilliseconds = 1_000

  /// What must hold between the limits; called once by tests.
  public static func assertRelations() {
    precondition(provenanceEntries * Provenance.Entry.encodedBytes + 512 <= headerBytes)
    precondition(earlyBytes >= chunkBytes && requestsRunning <= requestsPerGateway)
    precondition(requestsRunning < attemptsPerSeat && requestsRunning <= attemptsPerGateway)
    precondition(requestsPerGateway <= outcomesPerClient)
    precondition(defaultDeadlineMilliseconds <= maximumDeadlineMilliseconds)
  }
}
