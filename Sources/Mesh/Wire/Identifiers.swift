public import Membership

/// A request: the client's random number and its own count. A resend carries the same id.
public struct RequestID: Sendable, Hashable, Comparable, CustomStringConvertible {
  public var client: UInt64
  public var number: UInt64

  public init(client: UInt64, number: UInt64) {
    self.client = client
    self.number = number
  }

  public static func < (a: RequestID, b: RequestID) -> Bool { (a.client, a.number) < (b.client, b.number) }
  public var description: String { "\(String(client, radix: 16))/\(number)" }
}

/// One execution of a request.
public struct AttemptID: Sendable, Hashable, Comparable, CustomStringConvertible {
  public var request: RequestID
  public var gateway: AgentID
  public var gatewayIncarnation: UInt64
  /// Counts the gateway's attempts within its incarnation.
  public var counter: UInt32

  public init(request: RequestID, gateway: AgentID, gatewayIncarnation: UInt64, counter: UInt32) {
    self.request = request
    self.gateway = gateway
    self.gatewayIncarnation = gatewayIncarnation
    self.counter = counter
  }

  public static func < (a: AttemptID, b: AttemptID) -> Bool {
    if a.request != b.request { return a.request < b.request }
    if a.gateway != b.gateway { return a.gateway < b.gateway }
    return (a.gatewayIncarnation, a.counter) < (b.gatewayIncarnation, b.counter)
  }

  public var description: String { "\(request)#\(counter)" }
}

/// Who sits where in one attempt, fixed by the gateway. An empty seat is filled at once by everyone.
public struct Roster: Sendable, Hashable {
  public struct Entry: Sendable, Hashable {
    public var agent: AgentID
    public var incarnation: UInt64

    public init(agent: AgentID, incarnation: UInt64) {
      self.agent = agent
      self.incarnation = incarnation
    }
  }

  /// By seat.
  public var entries: [Entry?]

  public init(entries: [Entry?]) { self.entries = entries }

  public var seats: SeatMask { SeatMask(entries.indices.filter { entries[$0] != nil }) }
  public func seat(of agent: AgentID) -> Int? { entries.firstIndex { $0?.agent == agent } }
}
