import CNanomsg
import Glibc
import Testing

@testable import Runtime

/// What anybody on the network can do to an agent's ports without a key. Each test ends by serving a decent peer; an
/// assertion in nanomsg would abort the whole test run.
@Suite(.serialized) struct HostileBytesTests {
  static let services: [Endpoint.Service] = Endpoint.Service.allCases

  /// The greeting that nanomsg expects on a service's port.
  private func greeting(_ service: Endpoint.Service) -> [UInt8] {
    RawConnection.greeting(service == .clients ? EM_NN_REQ : EM_NN_PUSH)
  }

  /// A decent peer's frame arrives on `service`.
  private func expectServed(_ listener: borrowing Listener, _ service: Endpoint.Service) throws {
    let endpoint = try #require(listener.endpoint.service(service))
    switch service {
    case .control:
      let peer = try Socket(.controlSender)
      try peer.connect(to: endpoint)
      try peer.sendWaiting([1, 2, 3])
      #expect(try listener.control.nextMessage() == [1, 2, 3])
    case .tensors:
      let peer = try Socket(.tensorSender)
      try peer.connect(to: endpoint)
      try peer.sendWaiting([1, 2, 3])
      #expect(try listener.tensors.nextMessage() == [1, 2, 3])
    case .clients:
      let peer = try Socket(.client)
      try peer.connect(to: endpoint)
      let ready = try waitReadable(try peer.sendDescriptor)
      #expect(ready)
      let pending = try peer.request(try Message([1, 2, 3]), id: 5)
      switch consume pending {
      case .some: Issue.record("a request was not taken")
      case .none: break
      }
      let descriptor = try listener.clients.receiveDescriptor
      while try waitReadable(descriptor) {
        if case .message(let routed) = try listener.clients.receiveRequest() {
          #expect(routed.takeMessage().bytes() == [1, 2, 3])
          return
        }
      }
      Issue.record("the request did not arrive")
    }
  }

  @Test(arguments: services)
  func sixteenBytesOfGarbage(service: Endpoint.Service) throws {
    let listener = try Listener(on: try Endpoint("127.0.0.1:0"))
    let raw = try RawConnection(to: try #require(listener.endpoint.service(service)))
    raw.write([UInt8](repeating: 0xFF, count: 16))
    #expect(try raw.isClosedByPeer())
    try expectServed(listener, service)
  }

  @Test(arguments: services, [UInt64(1) << 30, .max, 1 << 63, (512 << 10) + 1])
  func aLengthBeyondTheLimit(service: Endpoint.Service, length: UInt64) throws {
    let listener = try Listener(on: try Endpoint("127.0.0.1:0"))
    let before = residentBytes()
    let attackers = try (0..<32).map { _ in
      let raw = try RawConnection(to: try #require(listener.endpoint.service(service)))
      raw.write(greeting(service) + RawConnection.length(length) + [UInt8](repeating: 1, count: 4096))
      return raw
    }
    for raw in attackers { #expect(try raw.isClosedByPeer()) }
    let growth = residentBytes() - before
    #expect(growth < 16 << 20, "\(growth) bytes more after 32 lengths of \(length)")
    try expectServed(listener, service)
  }

  @Test(arguments: services)
  func connectionsThatSayNothingOrHalf(service: Endpoint.Service) throws {
    let listener = try Listener(on: try Endpoint("127.0.0.1:0"))
    let endpoint = try #require(listener.endpoint.service(service))
    let before = residentBytes()
    let half = try (0..<64).map { index in
      let raw = try RawConnection(to: endpoint)
      // Nothing; half a greeting; a greeting; half a length; a long frame that never comes.
      let whole = greeting(service) + RawConnection.length(60 << 10)
      raw.write([UInt8](whole.prefix([0, 4, 8, 12, 16][index % 5])))
      return raw
    }
    try expectServed(listener, service)
    let growth = residentBytes() - before
    #expect(growth < 64 << 20, "\(growth) bytes more for \(half.count) half-open connections")
  }

  @Test(arguments: services)
  func framesAtTheLimitArrive(service: Endpoint.Service) throws {
    let listener = try Listener(on: try Endpoint("127.0.0.1:0"))
    guard service != .clients else { return }
    let role = service == .control ? SocketRole.controlReceiver : .tensorReceiver
    let peer = try Socket(service == .control ? .controlSender : .tensorSender)
    try peer.connect(to: try #require(listener.endpoint.service(service)))
    let bytes = [UInt8](repeating: 3, count: role.maximumReceiveBytes)
    try peer.sendWaiting(bytes)
    let arrived = service == .control ? try listener.control.nextMessage() : try listener.tensors.nextMessage()
    #expect(arrived?.count == bytes.count)
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func randomBytesAndAbruptEnds(seed: UInt64) throws {
    var random = SplitMix(state: seed)
    let listener = try Listener(on: try Endpoint("127.0.0.1:0"))
    for _ in 0..<200 {
      let service = Endpoint.Service.allCases.randomElement(using: &random) ?? .control
      let raw = try RawConnection(to: try #require(listener.endpoint.service(service)))
      var bytes: [UInt8] = Bool.random(using: &random) ? greeting(service) : []
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        let body = (0..<Int.random(in: 0...64, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        if Bool.random(using: &random) { bytes += RawConnection.length(UInt64(body.count)) }
        bytes += body
      }
      raw.write(bytes)
      if Bool.random(using: &random) { raw.resetOnClose() }
    }
    // What arrived whole is somebody else's to judge; here it only has to be taken.
    while try listener.control.receive() != nil {}
    while try listener.tensors.receive() != nil {}
    for service in Self.services { try expectServedAfterNoise(listener, service) }
  }

  /// As `expectServed`, where frames of the noise may still come first.
  private func expectServedAfterNoise(_ listener: borrowing Listener, _ service: Endpoint.Service) throws {
    guard service != .clients else { return try expectServedClient(listener) }
    let peer = try Socket(service == .control ? .controlSender : .tensorSender)
    try peer.connect(to: try #require(listener.endpoint.service(service)))
    let mark = [UInt8](repeating: 0xA5, count: 100)
    try peer.sendWaiting(mark)
    while let bytes = try service == .control ? listener.control.nextMessage() : listener.tensors.nextMessage() {
      if bytes == mark { return }
    }
    Issue.record("the decent frame did not arrive on \(service)")
  }

  private func expectServedClient(_ listener: borrowing Listener) throws {
    let peer = try Socket(.client)
    try peer.connect(to: listener.endpoint)
    let ready = try waitReadable(try peer.sendDescriptor)
    #expect(ready)
    let mark = [UInt8](repeating: 0xA5, count: 100)
    let pending = try peer.request(try Message(mark), id: 5)
    switch consume pending {
    case .some: Issue.record("a request was not taken")
    case .none: break
    }
    let descriptor = try listener.clients.receiveDescriptor
    while try waitReadable(descriptor) {
      if case .message(let routed) = try listener.clients.receiveRequest(), routed.takeMessage().bytes() == mark {
        return
      }
    }
    Issue.record("the decent request did not arrive")
  }

  /// The other direction: a sender's peer answers with nonsense, or ends the connection at every stage of the greeting.
  /// Whatever it does, the link is there for a decent peer that takes its place.
  @Test(arguments: [SocketRole.controlSender, .tensorSender])
  func aHostileListener(role: SocketRole) throws {
    let hostile = try RawListener()
    var link = try Link(role, to: hostile.endpoint)
    let greeting = RawConnection.greeting(EM_NN_PULL)
    let answers: [[UInt8]] = [
      [], [0], [UInt8](repeating: 0xFF, count: 16), RawConnection.greeting(EM_NN_REP), greeting,
      greeting + RawConnection.length(1 << 30), greeting + RawConnection.length(3) + [1, 2, 3],
      greeting + RawConnection.length(0),
    ]
    // The link's clock is the test's: a second passes with every look.
    var now: UInt64 = 0
    func attempt() throws -> RawConnection? {
      for _ in 0..<100 {
        if let raw = try hostile.accept(milliseconds: 100) { return raw }
        now += 1_000_000_000
        _ = try link.send(try Message([1]), now: now)
      }
      return nil
    }
    for (index, answer) in answers.enumerated() {
      for reset in [false, true] {
        let raw = try #require(try attempt(), "no connection attempt before answer \(index)")
        raw.write(answer)
        if reset { raw.resetOnClose() }
      }
    }
    // A decent peer: it greets and reads. The connection that comes may be one that the link gave up meanwhile.
    for _ in 0..<10 {
      let raw = try #require(try attempt(), "no connection attempt after the hostile answers")
      raw.write(greeting)
      guard try raw.read(8) == RawConnection.greeting(EM_NN_PUSH) else { continue }
      var message: Message? = try Message([7, 8, 9])
      for _ in 0..<100 {
        guard let pending = message.take() else { break }
        message = try link.send(pending, now: now)
        if message != nil { _ = try waitReadable(try link.sendDescriptor, milliseconds: 100) }
      }
      if try raw.read(11) == RawConnection.length(3) + [7, 8, 9] { return }
    }
    Issue.record("the decent peer got nothing")
  }
}

extension RawConnection {
  /// Ends the connection with a reset instead of an orderly close.
  func resetOnClose() {
    var value = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
  }
}

/// A listener without nanomsg.
final class RawListener {
  private let descriptor: Int32
  let endpoint: Endpoint

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) { [descriptor] in
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && listen(descriptor, 16) == 0 ? getsockname(descriptor, $0, &size) : -1
      }
    }
    guard code == 0 else { throw SocketError.system(operation: "bind", code: errno) }
    endpoint = try Endpoint(host: "127.0.0.1", port: UInt16(bigEndian: address.sin_port))
  }

  deinit { close(descriptor) }

  func accept(milliseconds: Int) throws -> RawConnection? {
    guard try waitReadable(descriptor, milliseconds: milliseconds) else { return nil }
    let accepted = Glibc.accept(descriptor, nil, nil)
    return accepted >= 0 ? RawConnection(owning: accepted) : nil
  }
}
