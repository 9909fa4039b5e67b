import Membership
import Testing

/// The small types: identities, times, randomness, bounds.
@Suite struct ValueTests {
  @Test func identitiesAreWrittenAndRead() {
    let id = AgentID(high: 0x0123_4567_89ab_cdef, low: 0xff)
    #expect(id.description == "0123456789abcdef00000000000000ff")
    #expect(AgentID(hex: id.description) == id)
    #expect(AgentID(hex: "0123456789ABCDEF00000000000000FF") == id)
  }

  @Test(arguments: [
    "", "0", "0123456789abcdef00000000000000f", "0123456789abcdef00000000000000ff0",
    "0123456789abcdeg00000000000000ff", "+123456789abcdef00000000000000ff", "0123456789abcdef 0000000000000ff",
  ])
  func otherTextIsNoIdentity(_ text: String) {
    #expect(AgentID(hex: text) == nil)
  }

  @Test func identitiesAreOrderedByTheirBits() {
    let ids = [AgentID(high: 0, low: 5), AgentID(high: 0, low: .max), AgentID(high: 1, low: 0)]
    #expect(ids.shuffled().sorted() == ids)
  }

  @Test func timeSaturates() {
    #expect(Timestamp.distantFuture + .seconds(1) == .distantFuture)
    #expect(Timestamp(nanoseconds: .min) - .seconds(1) == Timestamp(nanoseconds: .min))
    #expect(Timestamp.distantFuture - Timestamp(nanoseconds: .min) == TimeSpan(nanoseconds: .max))
    #expect(TimeSpan.seconds(.max) == TimeSpan(nanoseconds: .max))
    #expect(TimeSpan.seconds(.max) * -2 == TimeSpan(nanoseconds: .min))
    #expect(TimeSpan.seconds(1) / 0 == .seconds(1))
    #expect(TimeSpan.milliseconds(100) * 3 / 4 == .milliseconds(75))
  }

  @Test(arguments: [
    (1_500_000, "1.500 ms"), (0, "0.000 ms"), (-1_500_000, "-1.500 ms"), (-500_000, "-0.500 ms"), (7_000, "0.007 ms"),
  ])
  func timeIsWrittenInMilliseconds(_ row: (Int64, String)) {
    #expect(TimeSpan(nanoseconds: row.0).description == row.1)
  }

  @Test func theGeneratorIsTheSameEverywhere() {
    // SplitMix64's published first values for the seed 1234567.
    var state: UInt64 = 1_234_567
    #expect(SeededGenerator.splitMix(&state) == 6_457_827_717_110_365_317)
    #expect(SeededGenerator.splitMix(&state) == 3_203_168_211_198_807_973)
    var generator = SeededGenerator(seed: 1)
    var again = SeededGenerator(seed: 1)
    #expect((0..<100).allSatisfy { _ in generator.next() == again.next() })
  }

  @Test func drawsAreWithinBoundsAndEven() {
    var generator = SeededGenerator(seed: 7)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<7_000 { counts[generator.below(7)] += 1 }
    #expect(counts.allSatisfy { (850...1_150).contains($0) }, "\(counts)")
    #expect(generator.below(0) == 0)
    #expect(generator.below(-3) == 0)
    #expect((0..<1_000).allSatisfy { _ in (0..<1).contains(generator.unit()) })
    var cards = Array(0..<52)
    generator.shuffle(&cards)
    #expect(cards != Array(0..<52) && cards.sorted() == Array(0..<52))
  }

  @Test func membersAreBounded() throws {
    let id = AgentID(high: 0, low: 1)
    func make(address: Int, name: Int, payload: Int) throws(MembershipError) -> Member {
      try Member(
        id: id, incarnation: 1, address: String(repeating: "a", count: address),
        name: String(repeating: "n", count: name), payload: [UInt8](repeating: 0, count: payload))
    }
    #expect(throws: MembershipError.emptyAddress) { try make(address: 0, name: 1, payload: 0) }
    #expect(throws: MembershipError.addressTooLong(bytes: 256)) { try make(address: 256, name: 1, payload: 0) }
    #expect(throws: MembershipError.nameTooLong(bytes: 65)) { try make(address: 1, name: 65, payload: 0) }
    #expect(throws: MembershipError.payloadTooLong(bytes: 513)) { try make(address: 1, name: 1, payload: 513) }
    let largest = try make(address: 255, name: 64, payload: 512)
    #expect(largest.bytesBound == Member.bytesBoundMax)
    #expect(Message.join(sequence: 1, member: largest).bytesBound <= Message.bytesMax)
    #expect(throws: MembershipError.verdictOfLife) {
      try Verdict(id: id, incarnation: 1, refutation: 0, state: .alive)
    }
    #expect(throws: MembershipError.tooManyAccusers(5)) {
      try Verdict(
        id: id, incarnation: 1, refutation: 0, state: .suspect, accusers: (0..<5).map { AgentID(high: 0, low: $0) })
    }
  }
}
