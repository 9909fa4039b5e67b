public import Mesh
public import Plans
import Tensors

/// What an agent says of itself and its mesh: the substance of `edgemesh status`.
public struct AgentStatus: Sendable, Hashable {
  public struct MemberStatus: Sendable, Hashable {
    public var id: String
    public var name: String
    public var address: String
    /// `alive`, `suspect`, `dead` or `left`.
    public var state: String
    public var incarnation: UInt64
    /// Seats of plans for which the member says that it is ready.
    public var claims: [HoldingClaim]
  }

  public struct PlanStatus: Sendable, Hashable {
    public enum State: Sendable, Hashable {
      case loading
      case ready
      case failed(String)
    }

    public var plan: PlanDigest
    public var generation: UInt64
    public var seat: Int
    public var network: String
    /// Bytes of memory that the packed weights take.
    public var residentBytes: Int
    public var state: State
  }

  public var id: String
  public var name: String
  public var address: String
  public var incarnation: UInt64
  public var uptimeMilliseconds: Int
  public var residentBytes: Int
  /// The limit given with `--memory`, or the machine's memory.
  public var memoryBytes: Int
  public var plans: [PlanStatus]
  public var members: [MemberStatus]
  public var requestsAdmitted: Int
  public var requestsRunning: Int
  /// By `Outcome.Kind.allCases`.
  public var outcomes: [Int]
  public var attemptsServed: Int
  public var framesDropped: Int
  public var memory: MemoryStatus
}

/// A network as it is deployed: what a client needs to know before it asks.
public struct DeployedNetwork: Sendable, Hashable {
  public var plan: PlanDigest
  public var generation: UInt64
  public var network: NetworkReference
  public var inputs: [PlanValue]
  public var outputs: [PlanValue]
  public var seatCount: Int
  /// The deployer's own description (preprocessing, class names), JSON; opaque here.
  public var manifest: [UInt8]
}
