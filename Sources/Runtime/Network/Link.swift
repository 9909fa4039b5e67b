/// A sender to one peer that opens itself anew where nothing goes out any more.
///
/// nanomsg 1.1.5 loses track of a connection whose other side closes it just after the greeting, as a process killed at
/// that moment does: the sender counts as connected for ever and takes nothing. And a connection attempt to a machine
/// that was dead for a while sleeps in the system's back-off. Both are cured by a fresh socket; what was queued in the
/// old one is lost, as it would have been.
public struct Link: ~Copyable, Sendable {
  public let endpoint: Endpoint
  private var socket: Socket
  private var stalledSince: UInt64?
  private var patienceNanoseconds: UInt64
  /// How often the link was opened anew. The send descriptor changes with it.
  public private(set) var reopenCount = 0

  /// Connects to `endpoint`, a service of the peer, in a sender's or client's role.
  public init(_ role: SocketRole, to endpoint: Endpoint) throws(SocketError) {
    self.endpoint = endpoint
    socket = try Self.connected(role, to: endpoint)
    patienceNanoseconds = Self.stallNanoseconds(role)
  }

  private static func connected(_ role: SocketRole, to endpoint: Endpoint) throws(SocketError) -> Socket {
    let socket = try Socket(role)
    try socket.connect(to: endpoint)
    return socket
  }

  /// How long nothing is taken before the link is opened anew; doubled each time up to `maximumStallNanoseconds`. Control
  /// frames are small and come ten times a second. A tensor chunk may take its time on a slow link.
  static func stallNanoseconds(_ role: SocketRole) -> UInt64 {
    role == .tensorSender ? 3_000_000_000 : 500_000_000
  }
  static let maximumStallNanoseconds: UInt64 = 30_000_000_000

  /// Sends a message at the time `now`. Returns it where it cannot be taken.
  public mutating func send(_ message: consuming Message, now: UInt64) throws(SocketError) -> Message? {
    if let refused = try socket.send(message) {
      try stalled(now: now)
      return refused
    }
    stalledSince = nil
    patienceNanoseconds = Self.stallNanoseconds(socket.role)
    return nil
  }

  private mutating func stalled(now: UInt64) throws(SocketError) {
    guard let since = stalledSince else {
      stalledSince = now
      return
    }
    guard now >= since, now - since >= patienceNanoseconds else { return }
    patienceNanoseconds = min(patienceNanoseconds * 2, Self.maximumStallNanoseconds)
    try reopen()
    stalledSince = now
  }

  /// Opens the link anew: also when the peer has come back.
  public mutating func reopen() throws(SocketError) {
    socket = try Self.connected(socket.role, to: endpoint)
    stalledSince = nil
    reopenCount += 1
  }

  /// The descriptor that polls readable while a message could be sent.
  public var sendDescriptor: Int32 {
    get throws(SocketError) { try socket.sendDescriptor }
  }
}
