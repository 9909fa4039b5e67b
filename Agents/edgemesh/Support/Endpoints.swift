import Runtime

extension HostPort {
  /// The address as the runtime knows it.
  func endpoint() throws -> Endpoint { try Endpoint(host: host, port: UInt16(port)) }
}

/// Agents that were named on a command line.
enum Endpoints {
  /// The numeric address of an agent that listens; throws where nobody does.
  static func reachable(_ address: HostPort) throws -> Endpoint {
    do { return try address.endpoint().reachable(timeoutMilliseconds: 3_000) } catch {
      throw Failure(.unavailable, "\(error)")
    }
  }

  /// The numeric addresses of the agents that listen; throws where none does.
  static func reachable(_ addresses: [HostPort]) throws -> [Endpoint] {
    var found: [Endpoint] = []
    var failure: (any Error)?
    for address in addresses {
      do { found.append(try reachable(address)) } catch { failure = error }
    }
    if found.isEmpty, let failure { throw failure }
    return found
  }
}
