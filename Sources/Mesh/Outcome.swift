public import Plans

/// The one terminal answer of a request.
public struct Outcome: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The whole network's answer.
    case complete
    /// An answer in which rows were filled; the label names the lost seats and the fills.
    case degraded
    /// An answer from an exit before the end.
    case early
    /// Not begun, for the reason given.
    case refused
    /// Begun and not answered, for the reason given.
    case failed

    public var hasOutputs: Bool {
      switch self {
      case .complete, .degraded, .early: true
      case .refused, .failed: false
      }
    }
  }

  public var kind: Kind
  /// Why it was refused or failed; empty otherwise.
  public var reason: String
  /// Seats whose rows the gateway had from their owners or could have had.
  public var answeredSeats: SeatMask
  public var lostSeats: SeatMask
  /// Rows of all stages, and how many of them each fill stood in for.
  public var totalRows: Int
  public var replicaRows: Int
  public var zeroRows: Int
  public var timing: Timing

  public init(
    kind: Kind, reason: String = "", answeredSeats: SeatMask = SeatMask(), lostSeats: SeatMask = SeatMask(),
    totalRows: Int = 0, replicaRows: Int = 0, zeroRows: Int = 0, timing: Timing = Timing()
  ) {
    self.kind = kind
    self.reason = reason
    self.answeredSeats = answeredSeats
    self.lostSeats = lostSeats
    self.totalRows = totalRows
    self.replicaRows = replicaRows
    self.zeroRows = zeroRows
    self.timing = timing
  }

  /// The share of rows that `fill` stood in for, 0...1.
  public func share(of fill: Fill) -> Double {
    guard totalRows > 0 else { return 0 }
    switch fill {
    case .replica: return Double(replicaRows) / Double(totalRows)
    case .zero: return Double(zeroRows) / Double(totalRows)
    }
  }
}

/// Where the gateway's time went, in microseconds.
public struct Timing: Sendable, Hashable {
  /// From the request's last input byte to its outcome.
  public var totalMicroseconds: Int
  /// Computing own slices, replicas and the tail.
  public var computeMicroseconds: Int
  /// Placing what arrived and taking out what is sent.
  public var exchangeMicroseconds: Int

  public init(totalMicroseconds: Int = 0, computeMicroseconds: Int = 0, exchangeMicroseconds: Int = 0) {
    self.totalMicroseconds = totalMicroseconds
    self.computeMicroseconds = computeMicroseconds
    self.exchangeMicroseconds = exchangeMicroseconds
  }

  /// The rest: queued, or waiting for other seats.
  public var waitMicroseconds: Int { max(0, totalMicroseconds - computeMicroseconds - exchangeMicroseconds) }
}
