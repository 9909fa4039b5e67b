/// An agent's addresses as numbers: where it listens, what it tells its peers, and whom it asks. Names and routes are
/// looked up here, once, before the agent has taken anything; that blocks.
public struct AgentAddresses: Sendable, Equatable {
  /// May have port 0, for which three free ports are to be taken.
  public let listen: Endpoint
  /// The others among the seeds: a list that all boards share names each board itself, too.
  public let seeds: [Endpoint]
  /// What peers are told, if the port is not 0; with port 0 the one that is then listened on.
  private let advertised: Endpoint

  /// Throws where an address cannot be used, or where others could not reach the agent at it.
  public init(_ configuration: AgentConfiguration) throws {
    try self.init(configuration, isSealed: PlainFrames().protects)
  }

  /// `isSealed`: whether frames are sealed, so that any address may be listened on.
  init(_ configuration: AgentConfiguration, isSealed: Bool) throws {
    let listen = try Self.numeric(configuration.listen)
    guard listen.isLoopback || isSealed || configuration.allowsUnsealed else { throw ListenError.notSealed(listen) }
    let seeds = try configuration.seeds.map(Self.numeric)
    self.listen = listen
    self.seeds = listen.isUnspecified ? seeds.filter { $0.port != listen.port || !Self.isHere($0) } : seeds
    if listen.isLoopback, configuration.advertise == nil, let far = seeds.first(where: { !Self.isHere($0) }) {
      throw AgentError.unreachableFor(seed: far, listening: listen)
    }
    if let given = configuration.advertise {
      advertised = try Self.advertised(given, isLoopback: listen.isLoopback)
    } else if listen.isUnspecified {
      guard let host = Self.ownHost(seeds: seeds) else { throw AgentError.needsAdvertise(listen) }
      advertised = try Endpoint(host: host, port: 1).with(port: 0)
    } else {
      advertised = listen.with(port: 0)
    }
  }

  /// What peers are told of an agent that listens on `endpoint`.
  func advertised(listeningOn endpoint: Endpoint) -> Endpoint {
    advertised.port == 0 ? advertised.with(port: endpoint.port) : advertised
  }

  private static func numeric(_ endpoint: Endpoint) throws(EndpointError) -> Endpoint {
    guard let first = try endpoint.resolved().first else { throw .invalidHost(endpoint.description) }
    return first
  }

  /// The address that was given. Debian has a machine's own name stand for 127.0.1.1, which no other could connect to.
  private static func advertised(_ given: Endpoint, isLoopback: Bool) throws -> Endpoint {
    let candidates = try given.resolved()
    guard !isLoopback, !given.isNumeric else { return try numeric(given) }
    if let reachable = candidates.first(where: { !$0.isLoopback }) { return reachable }
    if let host = OwnAddress.find() { return try Endpoint(host: host, port: 1).with(port: given.port) }
    return try numeric(given)
  }

  /// This machine's address on the way to the seeds; without such, the one that it has towards everywhere.
  private static func ownHost(seeds: [Endpoint]) -> String? {
    let hosts = seeds.compactMap { try? $0.localHost() }
    let isLoopback = { (host: String) in (try? Endpoint(host: host, port: 1))?.isLoopback ?? true }
    return hosts.first { !isLoopback($0) } ?? OwnAddress.find() ?? hosts.first
  }

  private static func isHere(_ endpoint: Endpoint) -> Bool {
    endpoint.isLoopback || (try? endpoint.localHost()) == endpoint.host
  }
}
