import Glibc

/// Where an agent is reached: a host and its base port. Clients come to the base port, control frames to the next one,
/// tensor chunks to the one after.
///
/// Written `HOST:PORT` or `[IPV6]:PORT`. A numeric host is kept in its canonical form, so that equal addresses compare
/// equal.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  /// A name, an IPv4 address or an IPv6 address without brackets.
  public let host: String
  public let port: UInt16
  let isIPv6: Bool

  /// The ports of one agent, counted from its base port.
  public enum Service: UInt16, Sendable, CaseIterable {
    case clients = 0
    case control = 1
    case tensors = 2
  }

  /// The base port that agents listen on unless told otherwise.
  public static let defaultPort: UInt16 = 7707

  public init(host: String, port: UInt16) throws(EndpointError) {
    let text = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    try self.init(host: host, port: port, text: text)
  }

  /// Reads `HOST:PORT` or `[IPV6]:PORT`.
  public init(_ text: String) throws(EndpointError) {
    guard text.utf8.count <= 300, let colon = text.lastIndex(of: ":") else { throw .missingPort(Self.shortened(text)) }
    var host = text[..<colon]
    let digits = text[text.index(after: colon)...]
    guard !digits.isEmpty, digits.utf8.count <= 5, digits.utf8.allSatisfy({ (48...57).contains($0) }),
      let port = UInt16(digits)
    else { throw .invalidPort(Self.shortened(text)) }
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
      guard host.contains(":") else { throw .invalidHost(Self.shortened(text)) }
    } else if host.contains(":") {
      throw .missingBrackets(Self.shortened(text))
    }
    try self.init(host: String(host), port: port, text: text)
  }

  private init(host: String, port: UInt16, text: String) throws(EndpointError) {
    self.port = port
    if host.contains(":") {
      guard let canonical = Self.canonicalIPv6(host) else { throw .invalidHost(Self.shortened(text)) }
      self.host = canonical
      isIPv6 = true
    } else {
      guard Self.isIPv4(host) || Self.isName(host) else { throw .invalidHost(Self.shortened(text)) }
      self.host = host.lowercased()
      isIPv6 = false
    }
  }

  public var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// nanomsg's address.
  var url: String { "tcp://\(description)" }

  /// The endpoint of one of the agent's three services; nil past the last port, and where the base port is still open.
  public func service(_ service: Service) -> Endpoint? {
    let (sum, overflow) = port.addingReportingOverflow(service.rawValue)
    guard !overflow, port != 0 else { return nil }
    return with(port: sum)
  }

  public func with(port: UInt16) -> Endpoint { Endpoint(host: host, port: port, isIPv6: isIPv6) }

  private init(host: String, port: UInt16, isIPv6: Bool) {
    self.host = host
    self.port = port
    self.isIPv6 = isIPv6
  }

  /// Whether the host is an address and not a name.
  public var isNumeric: Bool { isIPv6 || Self.isIPv4(host) }

  /// Whether only this machine can reach it. A name is not, until it is resolved.
  public var isLoopback: Bool {
    if isIPv6 { return host == "::1" || host.hasPrefix("::ffff:127.") }
    return Self.isIPv4(host) && host.hasPrefix("127.")
  }

  /// Whether it stands for every address of the machine: good to listen on, none to connect to.
  public var isUnspecified: Bool { host == "0.0.0.0" || host == "::" }

  private static func isIPv4(_ host: String) -> Bool {
    var address = in_addr()
    return inet_pton(AF_INET, host, &address) == 1
  }

  private static func canonicalIPv6(_ host: String) -> String? {
    var address = in6_addr()
    guard inet_pton(AF_INET6, host, &address) == 1 else { return nil }
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(AF_INET6, &address, &text, socklen_t(text.count)) != nil else { return nil }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// A DNS name; one that ends in a number would be a mistyped address.
  private static func isName(_ host: String) -> Bool {
    guard (1...253).contains(host.utf8.count) else { return false }
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    guard let last = labels.last, !last.utf8.allSatisfy({ (48...57).contains($0) }) else { return false }
    return labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
        && label.utf8.allSatisfy {
          (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 || $0 == 95
        }
    }
  }

  private static func shortened(_ text: String) -> String {
    text.utf8.count <= 80 ? text : String(text.prefix(77)) + "..."
  }
}

/// What can be wrong with an address that somebody wrote.
public enum EndpointError: Error, Equatable, Sendable, CustomStringConvertible {
  case missingPort(String)
  case invalidPort(String)
  case invalidHost(String)
  case missingBrackets(String)
  /// No address is known for the name.
  case unresolvable(host: String, reason: String)
  /// Nobody listens there.
  case refused(String)
  /// No answer within the time given.
  case timedOut(String, milliseconds: Int)
  case unreachable(String, reason: String)

  public var description: String {
    switch self {
    case .missingPort(let text): "'\(text)' has no port: give HOST:PORT"
    case .invalidPort(let text): "'\(text)' has no valid port: give HOST:PORT with a port up to 65535"
    case .invalidHost(let text): "'\(text)' has no valid host: give HOST:PORT or [IPV6]:PORT"
    case .missingBrackets(let text): "'\(text)' is ambiguous: give an IPv6 address in brackets, [IPV6]:PORT"
    case .unresolvable(let host, let reason): "no address for the name '\(host)': \(reason)"
    case .refused(let address): "nobody listens on \(address): start the agent there, or give another address"
    case .timedOut(let address, let milliseconds):
      "\(address) did not answer within \(milliseconds) ms: is the machine up, and the port open?"
    case .unreachable(let address, let reason): "\(address) cannot be reached: \(reason)"
    }
  }
}
