import CNanomsg
import Testing

@testable import Runtime

/// The clients' port: many replies to a request, each by its return path.
@Suite struct RoutedSocketTests {
  /// Waits for the gateway's next request; malformed ones are skipped.
  private func nextRequest(_ socket: borrowing Socket) throws -> (path: ReturnPath, bytes: [UInt8])? {
    let descriptor = try socket.receiveDescriptor
    while true {
      switch try socket.receiveRequest() {
      case .message(let routed): return (routed.header, routed.takeMessage().bytes())
      case .malformed: continue
      case .none: guard try waitReadable(descriptor) else { return nil }
      }
    }
  }

  private func nextReply(_ socket: borrowing Socket) throws -> (id: UInt32, bytes: [UInt8])? {
    let descriptor = try socket.receiveDescriptor
    while true {
      switch try socket.receiveReply() {
      case .message(let routed): return (routed.header, routed.takeMessage().bytes())
      case .malformed: continue
      case .none: guard try waitReadable(descriptor) else { return nil }
      }
    }
  }

  private func request(_ socket: borrowing Socket, _ bytes: [UInt8], id: UInt32) throws {
    let descriptor = try socket.sendDescriptor
    var message: Message? = try Message(bytes)
    while let pending = message.take() {
      message = try socket.request(pending, id: id)
      if message != nil { guard try waitReadable(descriptor) else { throw Socket.Failure.neverWritable } }
    }
  }

  @Test func repliesFindTheirClientAndRequest() throws {
    let listener = try Listener(on: try Endpoint("127.0.0.1:0"))
    let first = try Socket(.client)
    let second = try Socket(.client)
    try first.connect(to: listener.endpoint)
    try second.connect(to: listener.endpoint)
    try request(first, [1], id: 7)
    try request(second, [2], id: 7)
    var paths: [[UInt8]: ReturnPath] = [:]
    for _ in 0..<2 {
      let (path, bytes) = try #require(try nextRequest(listener.clients))
      #expect(path.request == 0x8000_0007)
      paths[bytes] = path
    }
    let toFirst = try #require(paths[[1]])
    let toSecond = try #require(paths[[2]])
    #expect(toFirst.connection != toSecond.connection)
    try listener.clients.reply(try Message([22]), to: toSecond)
    try listener.clients.reply(try Message([11]), to: toFirst)
    #expect(try #require(try nextReply(first)) == (0x8000_0007, [11]))
    #expect(try #require(try nextReply(second)) == (0x8000_0007, [22]))
  }

  @Test func oneRequestMayHaveManyReplies() throws {
    let listener = try Listener(on: try Endpoint("127.0.0.1:0"))
    let client = try Socket(.client)
    try client.connect(to: listener.endpoint)
    try request(client, [], id: 1)
    let (path, _) = try #require(try nextRequest(listener.clients))
    for index in 0..<20 {
      // One credit: the next is sent when the one before was taken.
      try listener.clients.reply(try Message([UInt8(index)]), to: path)
      #expect(try #require(try nextReply(client)) == (0x8000_0001, [UInt8(index)]))
    }
  }

  @Test func aReplyToAClientThatLeftIsHarmless() throws {
    let listener = try Listener(on: try Endpoint("127.0.0.1:0"))
    var path = ReturnPath(connection: 1, request: 2)
    try listener.clients.reply(try Message([0]), to: path)
    do {
      let client = try Socket(.client)
      try client.connect(to: listener.endpoint)
      try request(client, [5], id: 3)
      path = try #require(try nextRequest(listener.clients)).path
    }
    try listener.clients.reply(try Message([0]), to: path)
  }

  @Test func requestsWithoutAnIdOrWithALongStackAreSkipped() throws {
    let listener = try Listener(on: try Endpoint("127.0.0.1:0"))
    let raw = try RawConnection(to: listener.endpoint)
    raw.write(RawConnection.greeting(EM_NN_REQ))
    func frame(_ bytes: [UInt8]) -> [UInt8] { RawConnection.length(UInt64(bytes.count)) + bytes }
    raw.write(frame([]))
    raw.write(frame([1, 2, 3]))
    raw.write(frame([0, 0, 0, 1, 0, 0, 0, 2, 9]))
    raw.write(frame([0, 0, 0, 1, 0x80, 0, 0, 2, 9]))
    raw.write(frame([UInt8](repeating: 0, count: 4096) + [0x80, 0, 0, 2, 9]))
    raw.write(frame([0x80, 0, 0, 4, 8]))
    let (path, bytes) = try #require(try nextRequest(listener.clients))
    #expect(path.request == 0x8000_0004)
    #expect(bytes == [8])
  }
}
