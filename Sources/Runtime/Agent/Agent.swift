import Membership

/// An agent as a process: its identity, its sockets and its threads.
public final class Agent {
  private let reactor: Reactor
  private let stopping: EventNotifier
  /// Where it listens, with the ports that were found where none were given.
  public let endpoint: Endpoint
  public let incarnation: UInt64
  /// Whether it was told of other agents only, so that one of them should be there already.
  public let expectsOthers: Bool

  /// Takes the state directory and the ports, and counts one start. Nothing is sent before `run`.
  public init(_ configuration: AgentConfiguration) throws {
    let sealer = PlainFrames()
    let addresses = try AgentAddresses(configuration, isSealed: sealer.protects)
    var resolved = configuration
    resolved.seeds = addresses.seeds
    let identity = try AgentIdentity(directory: configuration.stateDirectory)
    let listener = try Listener(on: addresses.listen)
    endpoint = listener.endpoint
    incarnation = identity.incarnation
    let advertised = addresses.advertised(listeningOn: listener.endpoint)
    // An agent that is itself among the seeds, as where all have the same list, may well be the first.
    expectsOthers =
      !addresses.seeds.isEmpty && !addresses.seeds.contains { $0 == listener.endpoint || $0 == advertised }
      && addresses.seeds.count == configuration.seeds.count
    stopping = try EventNotifier()
    let log = try Log(
      LogContext(agent: "\(identity.id)", name: configuration.name, incarnation: identity.incarnation),
      to: configuration.log)
    log.tell(
      .started(
        origin: identity.origin, address: endpoint.description, stateDirectory: configuration.stateDirectory))
    reactor = try Reactor(
      resolved, identity: identity, listener: listener, advertised: advertised, sealer: sealer,
      log: log, stop: stopping)
  }

  /// Whether a service manager waits to hear how this process fares.
  public static var isService: Bool { Environment["NOTIFY_SOCKET"] != nil }

  /// Serves until `stop`, then leaves the mesh in order.
  public func run() throws { try reactor.run() }

  /// Ends `run`. Any thread.
  public func stop() { stopping.notify() }
}

/// Why an agent cannot start.
public enum AgentError: Error, Equatable, Sendable, CustomStringConvertible {
  case needsAdvertise(Endpoint)
  /// The seed is on another machine, and the agent would listen for this one only.
  case unreachableFor(seed: Endpoint, listening: Endpoint)

  public var description: String {
    switch self {
    case .needsAdvertise(let endpoint):
      "\(endpoint) listens on every address, of which none stands out: tell peers which to use with --advertise HOST:PORT"
    case .unreachableFor(let seed, let listening):
      "\(seed) is another machine, which could not reach this agent at \(listening): listen beyond loopback with "
        + "--insecure, where everybody on the network is trusted"
    }
  }
}
