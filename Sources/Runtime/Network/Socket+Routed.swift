import CNanomsg

/// The way back to a client: the gateway's connection and the client's own request id, as nanomsg's raw reply socket
/// gives them. Valid while that connection stands; a reply to a client that has gone is dropped without an error.
public struct ReturnPath: Hashable, Sendable {
  /// The connection that the client's message came by; unique within the socket's life.
  public let connection: UInt32
  /// The client's id for the request; its top bit is always set.
  public let request: UInt32

  public init(connection: UInt32, request: UInt32) {
    self.connection = connection
    self.request = request
  }
}

/// A message with the header that brought it.
public struct RoutedMessage<Header: Sendable>: ~Copyable, Sendable {
  public let header: Header
  public var message: Message

  init(header: Header, message: consuming Message) {
    self.header = header
    self.message = message
  }

  public consuming func takeMessage() -> Message { message }
}

/// The control part of a raw socket's message: one `SP_HDR` property, which is nanomsg's `nn_cmsghdr`, the length of the
/// header as a `size_t`, and the header's bytes (network order). Room for two words: longer stacks come from
/// intermediate devices, which a mesh has none of, and count as malformed.
private struct ControlPart {
  private static let words = 2
  private static let propertyBytes = MemoryLayout<nn_cmsghdr>.size
  private static let lengthBytes = MemoryLayout<Int>.size
  static let byteCount = propertyBytes + lengthBytes + words * 4

  var storage: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  init() {}

  init(_ header: [UInt32]) {
    withUnsafeMutableBytes(of: &storage) { bytes in
      let property = nn_cmsghdr(cmsg_len: Self.byteCount, cmsg_level: PROTO_SP, cmsg_type: SP_HDR)
      bytes.storeBytes(of: property, as: nn_cmsghdr.self)
      bytes.storeBytes(of: header.count * 4, toByteOffset: Self.propertyBytes, as: Int.self)
      for (index, word) in header.prefix(Self.words).enumerated() {
        bytes.storeBytes(
          of: word.bigEndian, toByteOffset: Self.propertyBytes + Self.lengthBytes + index * 4, as: UInt32.self)
      }
    }
  }

  /// The header, if it has exactly `count` words.
  func header(count: Int) -> [UInt32]? {
    withUnsafeBytes(of: storage) { bytes in
      let property = bytes.load(as: nn_cmsghdr.self)
      guard property.cmsg_level == PROTO_SP, property.cmsg_type == SP_HDR,
        bytes.load(fromByteOffset: Self.propertyBytes, as: Int.self) == count * 4, count <= Self.words
      else { return nil }
      return (0..<count).map { index in
        UInt32(
          bigEndian: bytes.load(fromByteOffset: Self.propertyBytes + Self.lengthBytes + index * 4, as: UInt32.self))
      }
    }
  }
}

extension Socket {
  /// What a raw socket's receive gives: nothing waits, a message was malformed (it counts, and is gone), or a message.
  public enum Routed<Header: Sendable>: ~Copyable, Sendable {
    case none
    case malformed
    case message(RoutedMessage<Header>)
  }

  /// The gateway's next request, with the way back to its client.
  public borrowing func receiveRequest() throws(SocketError) -> Routed<ReturnPath> {
    var control = ControlPart()
    guard let message = try receive(into: &control) else { return .none }
    guard let words = control.header(count: 2) else { return .malformed }
    return .message(RoutedMessage(header: ReturnPath(connection: words[0], request: words[1]), message: message))
  }

  /// Sends a reply to a client. nanomsg drops it where the client has gone or has not taken the one before: keep to one
  /// credit, and repeat what must arrive.
  public borrowing func reply(_ message: consuming Message, to path: ReturnPath) throws(SocketError) {
    _ = try send(message, control: ControlPart([path.connection, path.request]))
  }

  /// The client's next reply, with the id of the request that it answers.
  public borrowing func receiveReply() throws(SocketError) -> Routed<UInt32> {
    var control = ControlPart()
    guard let message = try receive(into: &control) else { return .none }
    guard let words = control.header(count: 1) else { return .malformed }
    return .message(RoutedMessage(header: words[0], message: message))
  }

  /// Sends a client's message under a request id, whose top bit is set here. Returns the message where it cannot be
  /// taken now.
  public borrowing func request(_ message: consuming Message, id: UInt32) throws(SocketError) -> Message? {
    try send(message, control: ControlPart([id | 0x8000_0000]))
  }

  private borrowing func receive(into control: inout ControlPart) throws(SocketError) -> Message? {
    var buffer: UnsafeMutableRawPointer?
    let count = withUnsafeMutableBytes(of: &control.storage) { bytes in
      withUnsafeMutablePointer(to: &buffer) { slot in
        var part = nn_iovec(iov_base: UnsafeMutableRawPointer(slot), iov_len: EM_NN_MSG)
        return withUnsafeMutablePointer(to: &part) { part in
          var header = nn_msghdr(
            msg_iov: part, msg_iovlen: 1, msg_control: bytes.baseAddress, msg_controllen: ControlPart.byteCount)
          return nn_recvmsg(descriptor, &header, NN_DONTWAIT)
        }
      }
    }
    guard count >= 0 else { return try Socket.absent("nn_recvmsg") }
    guard let buffer else { return nil }
    return Message(owning: buffer, count: Int(count))
  }

  private borrowing func send(_ message: consuming Message, control: ControlPart) throws(SocketError) -> Message? {
    var control = control
    let count = message.count
    var buffer: UnsafeMutableRawPointer? = message.relinquish()
    let sent = withUnsafeMutableBytes(of: &control.storage) { bytes in
      withUnsafeMutablePointer(to: &buffer) { slot in
        var part = nn_iovec(iov_base: UnsafeMutableRawPointer(slot), iov_len: EM_NN_MSG)
        return withUnsafeMutablePointer(to: &part) { part in
          var header = nn_msghdr(
            msg_iov: part, msg_iovlen: 1, msg_control: bytes.baseAddress, msg_controllen: ControlPart.byteCount)
          return nn_sendmsg(descriptor, &header, NN_DONTWAIT)
        }
      }
    }
    guard sent >= 0 else { return try Socket.givenBack("nn_sendmsg", buffer, count: count) }
    return nil
  }
}
