public import Membership

/// An agent's mind: members, attempts, requests and clients behind one door, without I/O.
///
/// An input and `now` go in, effects come out; the clock and the randomness are the caller's. The same value runs on a
/// board (`Runtime`) and under the simulator. What happens to a frame, a client, time and the worker's results stands in
/// `AgentMind+Frames.swift`, `AgentMind+Gateway.swift` and `AgentMind+Time.swift`.
public struct AgentMind: Sendable {
  public struct Configuration: Sendable {
    public var patience: Patience.Bounds
    /// A step gap longer than this is one's own pause (the process was stopped, the machine slept).
    public var pauseMilliseconds: Int

    public init(patience: Patience.Bounds = Patience.Bounds(), pauseMilliseconds: Int = 500) {
      self.patience = patience
      self.pauseMilliseconds = pauseMilliseconds
    }
  }

  /// A frame for an attempt whose opening has not come yet.
  struct EarlyFrame: Sendable {
    var sender: AgentID
    var incarnation: UInt64
    var chunk: Chunk?
    var want: Want?
    var attempt: AttemptID
    var buffer: BufferHandle?
    var until: Timestamp
    var bytes: Int { chunk?.length ?? 0 }
  }

  let configuration: Configuration
  public internal(set) var membership: Membership
  var peers: Peers
  var held: [HeldPlan] = []
  var attempts: [SeatAttempt] = []
  var recentlyClosed: [AttemptID] = []
  var early: [EarlyFrame] = []
  var earlyBytes = 0
  var requests: [GatewayRequest] = []
  var links: [ClientLink] = []
  var attemptCounter: UInt32 = 0
  /// The last reading of this board's memory; nothing is decided by it yet.
  public internal(set) var memory = MemoryPressure()
  var lastStep: Timestamp
  let startedAt: Timestamp
  /// How long after its start an agent without a seat sends clients elsewhere rather than refuse them.
  static let startingMilliseconds = 10_000
  public internal(set) var counters = Counters()

  public init(membership: Membership, configuration: Configuration = Configuration(), now: Timestamp) {
    self.membership = membership
    self.configuration = configuration
    peers = Peers(bounds: configuration.patience)
    lastStep = now
    startedAt = now
  }

  public var me: AgentID { membership.me.id }
  public var incarnation: UInt64 { membership.me.incarnation }

  /// Takes one input at `now` and returns what is to be done, in order.
  public mutating func step(_ input: Input, now: Timestamp) -> [Effect] {
    var out = Outbox(now: max(now, lastStep), me: me, incarnation: incarnation)
    noticeOwnPause(&out)
    switch input {
    case .frame(let frame, let buffer): receive(frame, buffer: buffer, &out)
    case .client(let frame, let route, let buffer): receive(frame, route: route, buffer: buffer, &out)
    case .computed(let attempt, let unit, let buffer, let microseconds):
      computed(attempt, unit, buffer: buffer, microseconds: microseconds, &out)
    case .tailComputed(let attempt, let buffer, let microseconds):
      tailComputed(attempt, buffer: buffer, microseconds: microseconds, &out)
    case .computeFailed(let attempt, let reason): computeFailed(attempt, reason: reason, &out)
    case .placed(let attempt, let microseconds):
      if let index = attemptIndex(attempt) { attempts[index].exchangeMicroseconds += microseconds }
    case .holdingReady(let plan): hold(plan, &out)
    case .holdingDropped(let digest): drop(digest, &out)
    case .memory(let pressure): memory = pressure
    case .disconnected(let agent): apply(membership.step(.disconnected(agent), at: out.now), &out)
    case .leave: apply(membership.leave(at: out.now), &out)
    // What was received goes in first: whoever answered in time is not accused.
    case .timer: apply(membership.step(.tick, at: out.now), &out)
    }
    passTime(&out)
    lastStep = out.now
    return out.effects
  }

  func attemptIndex(_ attempt: AttemptID) -> Int? { attempts.firstIndex { $0.id == attempt } }

  // MARK: What this agent holds

  private mutating func hold(_ plan: HeldPlan, _ out: inout Outbox) {
    held.removeAll { $0.facts.digest == plan.facts.digest }
    held.append(plan)
    held.sort { ($0.generation, $0.facts.digest) > ($1.generation, $1.facts.digest) }
    announceHoldings(&out)
  }

  private mutating func drop(_ digest: PlanDigest, _ out: inout Outbox) {
    held.removeAll { $0.facts.digest == digest }
    announceHoldings(&out)
  }

  private mutating func announceHoldings(_ out: inout Outbox) {
    let claims = held.map { HoldingClaim(plan: $0.facts.digest, generation: $0.generation, seat: $0.seat) }
    // Fails only where this agent has left or was refused: then there is nobody to tell.
    if let effects = try? membership.updatePayload(HoldingClaim.encode(claims), at: out.now) { apply(effects, &out) }
  }
}

/// What happened, in numbers.
public struct Counters: Sendable, Hashable {
  public var framesDropped = 0
  public var requestsAdmitted = 0
  public var outcomes: [Outcome.Kind: Int] = [:]
  public var attemptsServed = 0

  public init() {}
}

extension AgentMind {
  /// A frame that did not decode.
  public mutating func countMalformedFrame() { counters.framesDropped += 1 }

  /// The rows of a unit that `holder` computed, in the order in which they travel.
  public func rows(of unit: WorkUnit, heldBy holder: Int, in attempt: AttemptID) -> [Int]? {
    attemptIndex(attempt).map { attempts[$0].facts.rows(stage: unit.stage, owner: unit.owner, holder: holder) }
  }

  /// Requests that this agent holds as gateway.
  public var requestCount: Int { requests.count }

  /// Bytes of those requests' inputs and of answers that wait to be acknowledged.
  var gatewayBytes: Int {
    requests.reduce(0) { $0 + $1.inputBytes.reduce(0, +) } + links.reduce(0) { $0 + $1.waitingBytes }
  }

  /// Bytes that requests take here: as gateway, and in frames that came ahead of their attempt.
  public var requestBytes: Int { gatewayBytes + earlyBytes }
}
