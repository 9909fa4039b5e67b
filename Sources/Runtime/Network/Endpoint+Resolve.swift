import Glibc

/// Names become addresses here, once, before nanomsg sees them: it would take the first address of a name only, and
/// IPv6 first, where an agent may listen on the other. These calls block: for start-up and the command line only.
extension Endpoint {
  /// The numeric endpoints of a name, IPv4 first; the endpoint itself where it is numeric.
  public func resolved() throws(EndpointError) -> [Endpoint] {
    if isNumeric { return [self] }
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, nil, &hints, &list)
    guard code == 0 else { throw .unresolvable(host: host, reason: String(cString: gai_strerror(code))) }
    defer { freeaddrinfo(list) }
    var found: [Endpoint] = []
    var next = list
    while let entry = next {
      if let endpoint = Endpoint(entry.pointee.ai_addr, entry.pointee.ai_addrlen, port: port),
        !found.contains(endpoint)
      {
        found.append(endpoint)
      }
      next = entry.pointee.ai_next
    }
    guard !found.isEmpty else { throw .unresolvable(host: host, reason: "no IPv4 or IPv6 address") }
    return found.filter { !$0.host.contains(":") } + found.filter { $0.host.contains(":") }
  }

  /// The first numeric endpoint of this one on which somebody listens.
  public func reachable(timeoutMilliseconds: Int) throws(EndpointError) -> Endpoint {
    var failure = EndpointError.unreachable(description, reason: "no address")
    for candidate in try resolved() {
      do throws(EndpointError) {
        _ = try candidate.dial(timeoutMilliseconds: timeoutMilliseconds)
        return candidate
      } catch {
        failure = error
      }
    }
    throw failure
  }

  /// This machine's own address on the way to here: what to tell a peer when one listens on every address.
  public func localHost() throws(EndpointError) -> String {
    for candidate in try resolved() {
      guard var address = SocketAddress(candidate) else { continue }
      let descriptor = socket(address.family, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      // A datagram socket's connect only looks up the route; nothing is sent.
      guard address.withPointer({ connect(descriptor, $0, $1) }) == 0 else { continue }
      var name = sockaddr_storage()
      var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
      let endpoint = withUnsafeMutablePointer(to: &name) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> Endpoint? in
          guard getsockname(descriptor, pointer, &size) == 0 else { return nil }
          return Endpoint(pointer, size, port: 1)
        }
      }
      if let endpoint { return endpoint.host }
    }
    throw .unreachable(description, reason: "no route")
  }

  /// Opens and closes a connection, to learn whether somebody listens.
  private func dial(timeoutMilliseconds: Int) throws(EndpointError) {
    guard var address = SocketAddress(self) else { throw .invalidHost(description) }
    let descriptor = socket(
      address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { throw .unreachable(description, reason: String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var code = address.withPointer { connect(descriptor, $0, $1) } == 0 ? 0 : errno
    if code == EINPROGRESS {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      let deadline = MonotonicClock.now() + UInt64(max(0, timeoutMilliseconds)) * 1_000_000
      var ready: Int32 = -1
      repeat {
        let left = Int32(clamping: (Int64(deadline) - Int64(MonotonicClock.now())) / 1_000_000)
        ready = poll(&waiting, 1, max(0, left))
      } while ready < 0 && errno == EINTR
      guard ready > 0 else { throw .timedOut(description, milliseconds: timeoutMilliseconds) }
      var size = socklen_t(MemoryLayout<Int32>.size)
      guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else {
        throw .unreachable(description, reason: String(cString: strerror(errno)))
      }
    }
    switch code {
    case 0: return
    case ECONNREFUSED: throw .refused(description)
    case ETIMEDOUT: throw .timedOut(description, milliseconds: timeoutMilliseconds)
    default: throw .unreachable(description, reason: String(cString: strerror(code)))
    }
  }

  private init?(_ address: UnsafeMutablePointer<sockaddr>?, _ size: socklen_t, port: UInt16) {
    guard let address, [AF_INET, AF_INET6].contains(Int32(address.pointee.sa_family)) else { return nil }
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    guard getnameinfo(address, size, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else { return nil }
    let host = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard let endpoint = try? Endpoint(host: host, port: port) else { return nil }
    self = endpoint
  }
}

/// A numeric endpoint as the system wants it.
private struct SocketAddress {
  private var storage = sockaddr_storage()
  private let size: socklen_t
  var family: Int32 { Int32(storage.ss_family) }

  init?(_ endpoint: Endpoint) {
    var four = sockaddr_in()
    var six = sockaddr_in6()
    if inet_pton(AF_INET, endpoint.host, &four.sin_addr) == 1 {
      four.sin_family = sa_family_t(AF_INET)
      four.sin_port = endpoint.port.bigEndian
      size = socklen_t(MemoryLayout<sockaddr_in>.size)
      withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: four, as: sockaddr_in.self) }
    } else if inet_pton(AF_INET6, endpoint.host, &six.sin6_addr) == 1 {
      six.sin6_family = sa_family_t(AF_INET6)
      six.sin6_port = endpoint.port.bigEndian
      size = socklen_t(MemoryLayout<sockaddr_in6>.size)
      withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: six, as: sockaddr_in6.self) }
    } else {
      return nil
    }
  }

  mutating func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    let size = size
    return withUnsafePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, size) }
    }
  }
}
