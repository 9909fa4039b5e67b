import CNanomsg

/// What a socket is for. An agent binds three: clients on its base port, control on the next, tensors on the one after;
/// and it connects two to each peer, so that a heartbeat never queues behind tensor chunks.
public enum SocketRole: Sendable, CaseIterable {
  /// Bound: the gateway's port for clients (raw XREP: many replies to a request, each by its return path).
  case gateway
  /// Connected: a client's side of it (raw XREQ).
  case client
  /// Bound: control frames of all peers.
  case controlReceiver
  /// Connected: control frames to one peer.
  case controlSender
  /// Bound: tensor chunks of all peers.
  case tensorReceiver
  /// Connected: tensor chunks to one peer.
  case tensorSender

  /// Bytes of the longest message that the socket takes; a longer one costs its sender the connection, before anything
  /// is allocated. Never unlimited: nanomsg would let 16 hostile bytes abort the process.
  public var maximumReceiveBytes: Int {
    switch self {
    case .gateway, .client: 512 << 10
    case .controlReceiver: 64 << 10
    case .tensorReceiver: (256 << 10) + (16 << 10)
    // Nothing is ever received here: what a hostile listener sends stops at one small frame.
    case .controlSender, .tensorSender: 1 << 10
    }
  }

  /// Bytes of the system's send and receive buffers.
  public var bufferBytes: Int {
    switch self {
    case .tensorReceiver, .tensorSender: 4 << 20
    case .gateway, .client: 1 << 20
    case .controlReceiver, .controlSender: 256 << 10
    }
  }

  var domain: Int32 {
    switch self {
    case .gateway, .client: EM_AF_SP_RAW
    default: EM_AF_SP
    }
  }

  var spProtocol: Int32 {
    switch self {
    case .gateway: EM_NN_REP
    case .client: EM_NN_REQ
    case .controlReceiver, .tensorReceiver: EM_NN_PULL
    case .controlSender, .tensorSender: EM_NN_PUSH
    }
  }
}
