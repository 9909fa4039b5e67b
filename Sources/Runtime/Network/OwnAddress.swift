import CLinux

/// By which address other machines reach this one, where nobody said.
enum OwnAddress {
  /// Addresses that are documentation's alone (RFC 5737, RFC 3849): the way to them is the way to everywhere.
  private static let elsewhere = ["192.0.2.1", "2001:db8::1"]

  /// The address towards the default route; without such a route, as on a switch with nothing but boards, the machine's
  /// one IPv4 address beside loopback. Nil where there is none, or several. Nothing is sent.
  static func find() -> String? {
    for host in elsewhere {
      guard let endpoint = try? Endpoint(host: host, port: 9), let own = try? endpoint.localHost(),
        let found = try? Endpoint(host: own, port: 9), !found.isLoopback, !found.isUnspecified
      else { continue }
      return found.host
    }
    var addresses = [UInt32](repeating: 0, count: 64)
    let count = Int(em_ipv4_addresses(&addresses, Int32(addresses.count)))
    guard count > 0 else { return nil }
    let hosts = addresses.prefix(count).map { bits in (0..<4).map { "\(bits >> (24 - 8 * $0) & 255)" } }
    let others = Set(hosts.filter { $0[0] != "127" }.map { $0.joined(separator: ".") })
    return others.count == 1 ? others.first : nil
  }
}
