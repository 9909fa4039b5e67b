import Mesh

/// A client's connection to one agent: raw requests out, replies in. nanomsg reconnects by itself.
final class GatewaySocket {
  let endpoint: Endpoint
  private let socket: Socket
  private var nextID: UInt32 = 0
  private var backlog: [MessageBox] = []

  init(_ endpoint: Endpoint) throws {
    self.endpoint = endpoint
    let socket = try Socket(.client)
    let resolved = endpoint.isNumeric ? endpoint : try endpoint.resolved()[0]
    try socket.connect(to: resolved)
    descriptor = try socket.receiveDescriptor
    self.socket = consume socket
  }

  let descriptor: Int32
  var hasBacklog: Bool { !backlog.isEmpty }

  /// Sends a message, or keeps it until the connection takes it.
  func send(_ message: consuming Message) {
    guard backlog.isEmpty else { return backlog.append(MessageBox(message)) }
    if let refused = attempt(message) { backlog.append(MessageBox(refused)) }
  }

  /// Drops what waits: the gateway was given up.
  func clearBacklog() { backlog = [] }

  func flush() {
    while let box = backlog.first {
      guard let message = try? box.take() else {
        backlog.removeFirst()
        continue
      }
      if let refused = attempt(message) {
        backlog[0] = MessageBox(refused)
        return
      }
      backlog.removeFirst()
    }
  }

  private func attempt(_ message: consuming Message) -> Message? {
    nextID &+= 1
    do throws(SocketError) { return try socket.request(message, id: nextID) } catch { return nil }
  }

  /// The next reply, if one waits.
  func receive() -> Message? {
    while let routed = try? socket.receiveReply() {
      switch consume routed {
      case .none: return nil
      case .malformed: continue
      case .message(let routed): return routed.takeMessage()
      }
    }
    return nil
  }
}
