import Testing

@testable import Runtime

@Suite("An agent's addresses")
struct AgentAddressesTests {
  private static func addresses(
    listen: String, advertise: String? = nil, seeds: [String] = [], insecure: Bool = true
  ) throws -> AgentAddresses {
    try AgentAddresses(
      AgentConfiguration(
        listen: try Endpoint(listen), advertise: try advertise.map { try Endpoint($0) },
        seeds: try seeds.map { try Endpoint($0) }, name: "a", stateDirectory: "/nonexistent", allowsUnsealed: insecure),
      isSealed: false)
  }

  private static func told(_ addresses: AgentAddresses, port: UInt16 = 12_345) throws -> String {
    addresses.advertised(listeningOn: addresses.listen.with(port: port)).description
  }

  @Test func whatIsListenedOnIsTold() throws {
    #expect(try Self.told(Self.addresses(listen: "127.0.0.1:0", insecure: false)) == "127.0.0.1:12345")
    #expect(try Self.told(Self.addresses(listen: "localhost:0", seeds: ["127.0.0.1:7707"])) == "127.0.0.1:12345")
    #expect(try Self.told(Self.addresses(listen: "192.0.2.9:7707"), port: 7707) == "192.0.2.9:7707")
  }

  @Test func whatWasGivenIsTold() throws {
    #expect(try Self.told(Self.addresses(listen: "0.0.0.0:0", advertise: "192.0.2.9:0")) == "192.0.2.9:12345")
    #expect(try Self.told(Self.addresses(listen: "0.0.0.0:7707", advertise: "192.0.2.9:99")) == "192.0.2.9:99")
    // On purpose, as in a test or through a tunnel.
    #expect(try Self.told(Self.addresses(listen: "0.0.0.0:7707", advertise: "127.0.0.1:99")) == "127.0.0.1:99")
    #expect(try Self.told(Self.addresses(listen: "127.0.0.1:7707", advertise: "localhost:99")) == "127.0.0.1:99")
  }

  /// A name that stands for loopback, as a Debian machine's own does, is none that others could connect to.
  @Test func aNameForLoopbackIsTheMachinesAddress() throws {
    let told = try Self.told(Self.addresses(listen: "0.0.0.0:7707", advertise: "localhost:7707"))
    #expect(told == "\(OwnAddress.find() ?? "127.0.0.1"):7707")
  }

  @Test func everyAddressIsTheOneTowardsOthers() throws {
    guard let own = OwnAddress.find() else {
      #expect(throws: AgentError.self) { try Self.addresses(listen: "0.0.0.0:7707") }
      return
    }
    let endpoint = try Endpoint(host: own, port: 7707)
    #expect(!endpoint.isLoopback && !endpoint.isUnspecified)
    #expect(try Self.told(Self.addresses(listen: "0.0.0.0:0"), port: 7707) == endpoint.description)
  }

  /// A list of seeds that all boards share names each board itself.
  @Test func itselfIsNoSeed() throws {
    let shared = try Self.addresses(listen: "0.0.0.0:7707", seeds: ["localhost:7707", "127.0.0.1:7717"])
    #expect(shared.seeds == [try Endpoint("127.0.0.1:7717")])
    if let own = OwnAddress.find() {
      let seed = try Endpoint(host: own, port: 7707).description
      #expect(try Self.addresses(listen: "0.0.0.0:7707", seeds: [seed]).seeds.isEmpty)
    }
  }

  @Test func whatCannotWorkIsRefused() throws {
    #expect(throws: ListenError.notSealed(try Endpoint("0.0.0.0:7707"))) {
      try Self.addresses(listen: "0.0.0.0:7707", insecure: false)
    }
    // No agent at 127.0.0.1 can be reached from there; unless there is no way to there at all.
    let far = try Endpoint("192.0.2.77:7707")
    if (try? far.localHost()) != nil {
      #expect(throws: AgentError.unreachableFor(seed: far, listening: try Endpoint("127.0.0.1:7707"))) {
        try Self.addresses(listen: "127.0.0.1:7707", seeds: [far.description], insecure: false)
      }
    }
    #expect(throws: EndpointError.self) { try Self.addresses(listen: "127.0.0.1:7707", seeds: ["no-such.invalid:1"]) }
  }
}
