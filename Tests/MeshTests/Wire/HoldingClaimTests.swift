import Membership
import Mesh
import Testing

@Suite struct HoldingClaimTests {
  static let claims = (0..<HoldingClaim.limit).map {
    HoldingClaim(plan: PlanDigest(bytes: [UInt8](repeating: UInt8($0), count: 32))!, generation: .max, seat: 63 - $0)
  }

  @Test func asManyAsAllowedTravelInAPayload() {
    for count in 0...Self.claims.count {
      let some = Array(Self.claims.prefix(count))
      let bytes = HoldingClaim.encode(some)
      #expect(bytes.count == 1 + 41 * count)
      #expect(bytes.count <= Member.payloadBytesMax)
      #expect(HoldingClaim.decode(bytes) == some)
    }
  }

  @Test func moreThanAllowedAreLeftOut() {
    let bytes = HoldingClaim.encode(Self.claims + Self.claims)
    #expect(HoldingClaim.decode(bytes) == Self.claims)
  }

  @Test func malformedPayloadsClaimNothing() {
    let bytes = HoldingClaim.encode(Array(Self.claims.prefix(2)))
    for count in 0..<bytes.count { #expect(HoldingClaim.decode(Array(bytes[0..<count])).isEmpty) }
    var many = bytes
    many[0] = UInt8(HoldingClaim.limit + 1)
    #expect(HoldingClaim.decode(many).isEmpty)
    var seat = bytes
    seat[41] = 64
    #expect(HoldingClaim.decode(seat).isEmpty)
  }

  @Test func randomPayloadsDecodeToWhatEncodesAgain() {
    let seed: UInt64 = 0xED6E_0002
    var random = SeededGenerator(seed: seed)
    for number in 0..<2_000 {
      var bytes = HoldingClaim.encode(Array(Self.claims.prefix(random.below(9))))
      for _ in 0...random.below(4) {
        bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
      }
      let decoded = HoldingClaim.decode(bytes)
      #expect(decoded.count <= HoldingClaim.limit, "seed \(seed), payload \(number)")
      #expect(HoldingClaim.decode(HoldingClaim.encode(decoded)) == decoded, "seed \(seed), payload \(number)")
    }
  }
}
