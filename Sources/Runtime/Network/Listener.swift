/// An agent's three bound sockets and the endpoint at which they are reached.
public struct Listener: ~Copyable {
  public let clients: Socket
  public let control: Socket
  public let tensors: Socket
  /// Where it listens, with the port that was found where none was given.
  public let endpoint: Endpoint

  /// How often a random base port is tried where none is given.
  static let attempts = 128
  /// Below the range from which the system takes ports for outgoing connections.
  static let randomPorts: ClosedRange<UInt16> = 10_000...32_700

  /// Binds the three ports from `endpoint`'s on; with port 0, from a random one on which all three are free. The host
  /// is resolved first, so that `localhost` works.
  public init(on endpoint: Endpoint, random: inout some RandomNumberGenerator) throws(ListenError) {
    let numeric: Endpoint
    do throws(EndpointError) {
      guard let first = try endpoint.resolved().first else { throw .invalidHost(endpoint.description) }
      numeric = first
    } catch {
      throw .endpoint(error)
    }
    do throws(SocketError) {
      if numeric.port != 0 {
        try self.init(base: numeric)
        return
      }
      for _ in 0..<Self.attempts {
        do throws(SocketError) {
          try self.init(base: numeric.with(port: .random(in: Self.randomPorts, using: &random)))
          return
        } catch {
          guard case .addressInUse = error else { throw error }
        }
      }
      throw .noFreePorts(host: numeric.host, attempts: Self.attempts)
    } catch {
      throw .socket(error)
    }
  }

  public init(on endpoint: Endpoint) throws(ListenError) {
    var random = SystemRandomNumberGenerator()
    try self.init(on: endpoint, random: &random)
  }

  private init(clients: consuming Socket, control: consuming Socket, tensors: consuming Socket, endpoint: Endpoint) {
    self.clients = clients
    self.control = control
    self.tensors = tensors
    self.endpoint = endpoint
  }

  private init(base: Endpoint) throws(SocketError) {
    let clients = try Self.bound(.gateway, to: base, .clients)
    let control = try Self.bound(.controlReceiver, to: base, .control)
    let tensors = try Self.bound(.tensorReceiver, to: base, .tensors)
    self.init(clients: clients, control: control, tensors: tensors, endpoint: base)
  }

  private static func bound(
    _ role: SocketRole, to base: Endpoint, _ service: Endpoint.Service
  ) throws(SocketError) -> Socket {
    guard let endpoint = base.service(service) else { throw .invalidAddress(base.description) }
    let socket = try Socket(role)
    try socket.bind(to: endpoint)
    return socket
  }
}

/// Why an agent cannot listen.
public enum ListenError: Error, Equatable, Sendable, CustomStringConvertible {
  case endpoint(EndpointError)
  case socket(SocketError)
  /// Frames are not sealed, and other machines could reach the address.
  case notSealed(Endpoint)

  public var description: String {
    switch self {
    case .endpoint(let error): error.description
    case .socket(let error): error.description
    case .notSealed(let endpoint):
      "refusing to listen on \(endpoint): frames are not sealed yet; listen on 127.0.0.1, or accept it with --insecure"
    }
  }
}
