import Glibc
import Testing

@testable import Runtime

@Suite struct SocketTests {
  @Test func carriesHeaderAndPayloadInOneMessage() throws {
    let listener = try Listener(on: try Endpoint("127.0.0.1:0"))
    let sender = try Socket(.tensorSender)
    try sender.connect(to: try #require(listener.endpoint.service(.tensors)))
    let header = [UInt8](0..<40)
    let payload = [UInt8](repeating: 7, count: 256 << 10)
    try sender.sendWaiting(header + payload)
    #expect(try listener.tensors.nextMessage() == header + payload)
    let message = try Message(header, payload: payload)
    #expect(message.bytes() == header + payload)
  }

  @Test(arguments: ["127.0.0.1:0", "[::1]:0"])
  func connectsInEitherFamily(address: String) throws {
    let endpoint = try Endpoint(address)
    if endpoint.isIPv6, access("/proc/net/if_inet6", R_OK) != 0 { return }
    let listener = try Listener(on: endpoint)
    let sender = try Socket(.controlSender)
    try sender.connect(to: try #require(listener.endpoint.service(.control)))
    try sender.sendWaiting([6])
    #expect(try listener.control.nextMessage() == [6])
  }

  @Test func refusesNamesAndOpenPorts() throws {
    let sender = try Socket(.controlSender)
    #expect(throws: SocketError.invalidAddress("localhost:7")) { try sender.connect(to: try Endpoint("localhost:7")) }
    #expect(throws: SocketError.invalidAddress("127.0.0.1:0")) { try sender.connect(to: try Endpoint("127.0.0.1:0")) }
  }

  @Test func givesAMessageBackWhereNobodyTakesIt() throws {
    let sender = try Socket(.controlSender)
    try sender.connect(to: try Endpoint("127.0.0.1:1"))
    let refused = try sender.send(try Message([1, 2, 3]))
    switch consume refused {
    case .some(let message): #expect(message.bytes() == [1, 2, 3])
    case .none: Issue.record("a message was taken without a connection")
    }
  }

  @Test func receivesNothingWhereNothingWaits() throws {
    let listener = try Listener(on: try Endpoint("127.0.0.1:0"))
    #expect(try listener.control.receive() == nil)
    switch try listener.clients.receiveRequest() {
    case .none: break
    default: Issue.record("a request out of nothing")
    }
  }

  @Test func carriesEmptyMessages() throws {
    let listener = try Listener(on: try Endpoint("127.0.0.1:0"))
    let sender = try Socket(.controlSender)
    try sender.connect(to: try #require(listener.endpoint.service(.control)))
    try sender.sendWaiting([])
    try sender.sendWaiting([9])
    #expect(try listener.control.nextMessage() == [])
    #expect(try listener.control.nextMessage() == [9])
  }

  @Test func keepsOrderFromOnePeer() throws {
    let listener = try Listener(on: try Endpoint("127.0.0.1:0"))
    let sender = try Socket(.controlSender)
    try sender.connect(to: try #require(listener.endpoint.service(.control)))
    for index in 0..<100 { try sender.sendWaiting([UInt8(index)]) }
    for index in 0..<100 { #expect(try listener.control.nextMessage() == [UInt8(index)]) }
  }

  @Test func reachesARestartedPeer() throws {
    var endpoint = try Endpoint("127.0.0.1:0")
    let sender = try Socket(.controlSender)
    do {
      let listener = try Listener(on: endpoint)
      endpoint = listener.endpoint
      try sender.connect(to: try #require(endpoint.service(.control)))
      try sender.sendWaiting([1])
      #expect(try listener.control.nextMessage() == [1])
    }
    let listener = try Listener(on: endpoint)
    // The first may be lost with the old connection; one of them must arrive.
    var arrived: [UInt8]?
    for _ in 0..<100 where arrived == nil {
      try sender.sendWaiting([2])
      arrived = try listener.control.nextMessage(milliseconds: 100)
    }
    #expect(arrived == [2])
  }

  @Test func namesABusyPort() throws {
    let listener = try Listener(on: try Endpoint("127.0.0.1:0"))
    // Each of the three ports, seen from an agent whose base port makes it collide.
    for service in Endpoint.Service.allCases {
      let busy = try #require(listener.endpoint.service(service))
      do {
        let socket = try Socket(.controlReceiver)
        try socket.bind(to: busy)
        Issue.record("\(busy) was bound twice")
      } catch {
        #expect(error == .addressInUse(busy.description))
        #expect(error.description.contains(busy.description))
      }
    }
    #expect(throws: ListenError.socket(.addressInUse(listener.endpoint.description))) {
      _ = try Listener(on: listener.endpoint)
    }
  }

  @Test func refusesAddressesThatAreNotOurs() throws {
    #expect(throws: ListenError.socket(.addressUnavailable("192.0.2.1:7707"))) {
      _ = try Listener(on: try Endpoint("192.0.2.1:7707"))
    }
    #expect(throws: ListenError.socket(.invalidAddress("127.0.0.1:65535"))) {
      _ = try Listener(on: try Endpoint("127.0.0.1:65535"))
    }
  }

  @Test func manyAgentsFindPortsOnOneMachine() throws {
    // The same seed for all: each must walk past the ports that the others took.
    var ports: Set<UInt16> = []
    func listen(_ left: Int) throws {
      guard left > 0 else { return }
      var random = SplitMix(state: 42)
      let listener = try Listener(on: try Endpoint("127.0.0.1:0"), random: &random)
      ports.insert(listener.endpoint.port)
      try listen(left - 1)
    }
    try listen(8)
    #expect(ports.count == 8)
  }

  @Test func freesItsPortsWhenDropped() throws {
    let listener = try Listener(on: try Endpoint("127.0.0.1:0"))
    let endpoint = listener.endpoint
    _ = consume listener
    _ = try Listener(on: endpoint)
  }
}

/// A small seeded generator (SplitMix64).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
