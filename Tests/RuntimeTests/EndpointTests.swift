import Testing

@testable import Runtime

@Suite struct EndpointTests {
  @Test(
    arguments: [
      ("127.0.0.1:7707", "127.0.0.1", 7707, "127.0.0.1:7707"),
      ("board-1.local:65535", "board-1.local", 65535, "board-1.local:65535"),
      ("BOARD:1", "board", 1, "board:1"),
      ("[::1]:0", "::1", 0, "[::1]:0"),
      ("[2001:DB8:0:0::1]:80", "2001:db8::1", 80, "[2001:db8::1]:80"),
      ("0.0.0.0:9", "0.0.0.0", 9, "0.0.0.0:9"),
    ] as [(String, String, Int, String)])
  func reads(text: String, host: String, port: Int, written: String) throws {
    let endpoint = try Endpoint(text)
    #expect(endpoint.host == host)
    #expect(Int(endpoint.port) == port)
    #expect(endpoint.description == written)
    #expect(try Endpoint(written) == endpoint)
  }

  @Test(arguments: [
    "", ":", "host", "host:", "host:x", "host:65536", "host:-1", "host:+1", "host: 1", ":80", "1.2.3:80",
    "300.1.1.1:80", "a b:80", "a/b:80", "-a:80", "a..b:80", "::1:80", "[::1]80", "[1.2.3.4]:80", "[::g]:80",
    "[fe80::1%eth0]:80", "tcp://host:80", "host;x:80", "h\u{e4}user:80", String(repeating: "a", count: 64) + ":80",
    String(repeating: "a.", count: 150) + "a:80",
  ])
  func refuses(text: String) {
    #expect(throws: EndpointError.self) { try Endpoint(text) }
  }

  @Test func errorsAreOneShortLine() {
    #expect(throws: EndpointError.self) { try Endpoint(String(repeating: "x", count: 100_000)) }
    do {
      _ = try Endpoint(String(repeating: "x", count: 100_000))
    } catch {
      #expect(error.description.utf8.count < 200 && !error.description.contains("\n"))
    }
  }

  @Test(
    arguments: [
      ("127.0.0.1:1", true), ("127.9.9.9:1", true), ("[::1]:1", true), ("[::ffff:127.0.0.1]:1", true),
      ("0.0.0.0:1", false), ("[::]:1", false), ("10.0.0.1:1", false), ("localhost:1", false), ("127.example:1", false),
    ] as [(String, Bool)])
  func knowsLoopback(text: String, expected: Bool) throws {
    #expect(try Endpoint(text).isLoopback == expected)
  }

  @Test func namesTheServices() throws {
    let base = try Endpoint("[::1]:65533")
    #expect(base.service(.clients)?.port == 65533)
    #expect(base.service(.tensors)?.port == 65535)
    #expect(base.with(port: 65534).service(.tensors) == nil)
    #expect(base.with(port: 0).service(.control) == nil)
  }

  @Test func resolvesIPv4First() throws {
    let found = try Endpoint("localhost:7").resolved()
    #expect(found.first == (try Endpoint("127.0.0.1:7")))
    #expect(throws: EndpointError.self) { try Endpoint("name.invalid:7").resolved() }
  }

  @Test func tellsWhetherSomebodyListens() throws {
    let listener = try Listener(on: try Endpoint("127.0.0.1:0"))
    let named = try Endpoint("localhost:\(listener.endpoint.port)")
    #expect(try named.reachable(timeoutMilliseconds: 5_000) == listener.endpoint)
    let endpoint = listener.endpoint
    _ = consume listener
    #expect(throws: EndpointError.refused(endpoint.description)) { try endpoint.reachable(timeoutMilliseconds: 5_000) }
  }

  @Test func knowsItsOwnAddressOnTheWay() throws {
    #expect(try Endpoint("127.0.0.1:9").localHost() == "127.0.0.1")
  }
}
