import Membership

/// An agent as a process: its identity, its sockets and its three threads.
public final class Agent {
  private let reactor: Reactor
  private let stopping: EventNotifier
  /// Where it listens, with the ports that were found where none were given.
  public let endpoint: Endpoint
  public let incarnation: UInt64

  /// Takes the state directory and the ports, and counts one start. Nothing is sent before `run`.
  public init(_ configuration: AgentConfiguration) throws {
    let sealer = PlainFrames()
    let listen = configuration.listen.isNumeric ? configuration.listen : try configuration.listen.resolved()[0]
    guard listen.isLoopback || sealer.protects || configuration.allowsUnsealed else {
      throw ListenError.notSealed(listen)
    }
    var resolved = configuration
    resolved.seeds = try configuration.seeds.map { $0.isNumeric ? $0 : try $0.resolved()[0] }
    let identity = try AgentIdentity(directory: configuration.stateDirectory)
    let listener = try Listener(on: listen)
    endpoint = listener.endpoint
    incarnation = identity.incarnation
    let advertised = try Self.advertised(configuration, listener.endpoint)
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

  /// What peers are told: what was configured, or the address listened on, if it is one that can be connected to.
  private static func advertised(_ configuration: AgentConfiguration, _ endpoint: Endpoint) throws -> Endpoint {
    if let given = configuration.advertise {
      let numeric = given.isNumeric ? given : try given.resolved()[0]
      return numeric.port == 0 ? numeric.with(port: endpoint.port) : numeric
    }
    guard endpoint.isUnspecified else { return endpoint }
    guard let seed = configuration.seeds.first else { throw AgentError.needsAdvertise(endpoint) }
    let target = seed.isNumeric ? seed : try seed.resolved()[0]
    return try Endpoint(host: target.localHost(), port: endpoint.port)
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

  public var description: String {
    switch self {
    case .needsAdvertise(let endpoint):
      "\(endpoint) listens on every address: tell peers which to use with --advertise HOST:PORT"
    }
  }
}
