public import Mesh

/// What an agent is started with.
public struct AgentConfiguration: Sendable {
  /// The base port and the address to listen on; port 0 takes three free ones.
  public var listen: Endpoint
  /// What peers are told to connect to; nil: the address that is listened on.
  public var advertise: Endpoint?
  public var seeds: [Endpoint]
  public var name: String
  public var stateDirectory: String
  /// Bytes of memory that plans may count on; nil: the machine's.
  public var memoryLimit: Int?
  /// Whether to listen on more than loopback though frames are not sealed.
  public var allowsUnsealed: Bool
  /// Threads that compute.
  public var threads: Int
  public var patience: Patience.Bounds
  public var log: LogDestination

  public init(
    listen: Endpoint, advertise: Endpoint? = nil, seeds: [Endpoint] = [], name: String, stateDirectory: String,
    memoryLimit: Int? = nil, allowsUnsealed: Bool = false, threads: Int = 1,
    patience: Patience.Bounds = Patience.Bounds(), log: LogDestination = .automatic
  ) {
    self.listen = listen
    self.advertise = advertise
    self.seeds = seeds
    self.name = name
    self.stateDirectory = stateDirectory
    self.memoryLimit = memoryLimit
    self.allowsUnsealed = allowsUnsealed
    self.threads = threads
    self.patience = patience
    self.log = log
  }
}
