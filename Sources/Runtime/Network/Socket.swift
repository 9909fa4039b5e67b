import CNanomsg
import Glibc

/// One nanomsg socket, closed with its owner. Nothing here blocks.
///
/// What nanomsg does not tell: a peer that lost its power looks connected for ever, and what was queued for a killed
/// peer is lost. So callers keep their own clocks, and close and reopen the sender when a peer comes back (a connection
/// attempt to a dead machine may otherwise sleep for half a minute in the system's back-off).
public struct Socket: ~Copyable, Sendable {
  let descriptor: Int32
  public let role: SocketRole

  public init(_ role: SocketRole) throws(SocketError) {
    self.descriptor = try Self.open(role)
    self.role = role
  }

  deinit { Self.close(descriptor) }

  private static func open(_ role: SocketRole) throws(SocketError) -> Int32 {
    let descriptor = nn_socket(role.domain, role.spProtocol)
    guard descriptor >= 0 else { throw .last("nn_socket") }
    let options: [(level: Int32, option: Int32, value: Int)] = [
      (NN_SOL_SOCKET, NN_RCVMAXSIZE, role.maximumReceiveBytes),
      (NN_SOL_SOCKET, NN_SNDBUF, role.bufferBytes),
      (NN_SOL_SOCKET, NN_RCVBUF, role.bufferBytes),
      // A restarted peer is reached within about this many milliseconds; no back-off.
      (NN_SOL_SOCKET, NN_RECONNECT_IVL, 50),
      (NN_SOL_SOCKET, NN_RECONNECT_IVL_MAX, 50),
      (EM_NN_TCP, NN_TCP_NODELAY, 1),
    ]
    for (level, option, value) in options {
      do throws(SocketError) {
        try set(descriptor, level, option, to: value)
      } catch {
        close(descriptor)
        throw error
      }
    }
    return descriptor
  }

  private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, to value: Int) throws(SocketError) {
    var value = Int32(clamping: value)
    guard nn_setsockopt(descriptor, level, option, &value, MemoryLayout<Int32>.size) == 0 else {
      throw .last("nn_setsockopt")
    }
  }

  private static func close(_ descriptor: Int32) {
    // A signal may interrupt the wait for nanomsg's own thread: ask again, as its manual says.
    while nn_close(descriptor) != 0, nn_errno() == EINTR {}
  }

  private borrowing func get(_ option: Int32) throws(SocketError) -> Int32 {
    var value: Int32 = 0
    var size = MemoryLayout<Int32>.size
    guard nn_getsockopt(descriptor, NN_SOL_SOCKET, option, &value, &size) == 0 else { throw .last("nn_getsockopt") }
    return value
  }

  /// Listens on `endpoint`, whose host must be one of this machine's numeric addresses.
  public borrowing func bind(to endpoint: Endpoint) throws(SocketError) {
    try selectFamily(of: endpoint)
    guard nn_bind(descriptor, endpoint.url) >= 0 else { throw .last("nn_bind", address: endpoint.description) }
  }

  /// Connects to `endpoint`, whose host must be numeric, now or whenever somebody listens there.
  public borrowing func connect(to endpoint: Endpoint) throws(SocketError) {
    try selectFamily(of: endpoint)
    guard nn_connect(descriptor, endpoint.url) >= 0 else { throw .last("nn_connect", address: endpoint.description) }
  }

  /// nanomsg 1.1.5 takes either family with `NN_IPV4ONLY` 0, but its connections start from the IPv6 wildcard then; with
  /// an IPv4 target that fails, and the next attempt aborts the process. So each endpoint is told its own family.
  private borrowing func selectFamily(of endpoint: Endpoint) throws(SocketError) {
    guard endpoint.isNumeric, endpoint.port != 0 else { throw .invalidAddress(endpoint.description) }
    try Self.set(descriptor, NN_SOL_SOCKET, NN_IPV4ONLY, to: endpoint.isIPv6 ? 0 : 1)
  }

  /// The descriptor that polls readable while a message waits.
  public var receiveDescriptor: Int32 {
    get throws(SocketError) { try get(NN_RCVFD) }
  }

  /// The descriptor that polls *readable* while a message could be sent.
  public var sendDescriptor: Int32 {
    get throws(SocketError) { try get(NN_SNDFD) }
  }

  /// Connections that stand now, as far as the system knows.
  public var connectionCount: Int {
    Int(truncatingIfNeeded: nn_get_statistic(descriptor, NN_STAT_CURRENT_CONNECTIONS))
  }

  /// Connections that broke so far.
  public var brokenConnectionCount: Int {
    Int(truncatingIfNeeded: nn_get_statistic(descriptor, NN_STAT_BROKEN_CONNECTIONS))
  }

  /// The next message, if one waits.
  public borrowing func receive() throws(SocketError) -> Message? {
    var buffer: UnsafeMutableRawPointer?
    let count = nn_recv(descriptor, &buffer, EM_NN_MSG, NN_DONTWAIT)
    guard count >= 0 else { return try Socket.absent("nn_recv") }
    guard let buffer else { return nil }
    return Message(owning: buffer, count: Int(count))
  }

  /// Sends a message. Returns it where it cannot be taken now: no connection, or the peer is slow.
  public borrowing func send(_ message: consuming Message) throws(SocketError) -> Message? {
    let count = message.count
    var buffer: UnsafeMutableRawPointer? = message.relinquish()
    guard nn_send(descriptor, &buffer, EM_NN_MSG, NN_DONTWAIT) >= 0 else {
      return try Socket.givenBack("nn_send", buffer, count: count)
    }
    return nil
  }

  /// Nothing, where an operation would have to wait; an error otherwise.
  static func absent(_ operation: String) throws(SocketError) -> Message? {
    let code = nn_errno()
    guard code == EAGAIN || code == EINTR || code == ETIMEDOUT else { throw .last(operation) }
    return nil
  }

  /// The buffer of a message that was not sent, owned again; freed where the error is not one of waiting.
  static func givenBack(
    _ operation: String, _ buffer: UnsafeMutableRawPointer?, count: Int
  ) throws(SocketError) -> Message? {
    let code = nn_errno()
    guard let buffer else { return nil }
    let message = Message(owning: buffer, count: count)
    guard code == EAGAIN || code == EINTR || code == ETIMEDOUT else {
      throw .system(operation: operation, code: code)
    }
    return message
  }
}
