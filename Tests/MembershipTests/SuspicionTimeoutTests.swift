import Membership
import Testing

/// How long a suspect has, as a pure function of confirmations and members.
@Suite struct SuspicionTimeoutTests {
  struct Case: Sendable {
    let members: Int
    let confirmations: Int
    let milliseconds: ClosedRange<Int64>
  }

  /// T = 100 ms, multiplier 4, stretch 3, K = 3: the ranges are the formula's exact value, rounded out.
  static let table: [Case] = [
    Case(members: 0, confirmations: 0, milliseconds: 400...400),
    Case(members: 1, confirmations: 0, milliseconds: 400...400),
    Case(members: 2, confirmations: 0, milliseconds: 400...400),
    Case(members: 3, confirmations: 0, milliseconds: 1_200...1_200),
    Case(members: 3, confirmations: 1, milliseconds: 400...400),
    // log 2 / log 3 = .631 of the way from 1200 to 400 with K = 2
    Case(members: 4, confirmations: 0, milliseconds: 1_200...1_200),
    Case(members: 4, confirmations: 1, milliseconds: 694...697),
    Case(members: 4, confirmations: 2, milliseconds: 400...400),
    // log 2 / log 4 = .5, log 3 / log 4 = .792 with K = 3
    Case(members: 10, confirmations: 0, milliseconds: 1_200...1_200),
    Case(members: 10, confirmations: 1, milliseconds: 800...800),
    Case(members: 10, confirmations: 2, milliseconds: 565...568),
    Case(members: 10, confirmations: 3, milliseconds: 400...400),
    Case(members: 10, confirmations: 99, milliseconds: 400...400),
    // log10 16 = 1.204, log10 200 = 2.301
    Case(members: 16, confirmations: 0, milliseconds: 1_442...1_446),
    Case(members: 16, confirmations: 3, milliseconds: 480...482),
    Case(members: 200, confirmations: 0, milliseconds: 2_755...2_762),
    Case(members: 200, confirmations: 3, milliseconds: 918...921),
    Case(members: 10_000, confirmations: 3, milliseconds: 1_595...1_601),
    Case(members: .max, confirmations: 3, milliseconds: 3_700...3_800),
    Case(members: .min, confirmations: .min, milliseconds: 400...400),
  ]

  @Test(arguments: table)
  func timeout(_ row: Case) {
    let timeout = Settings.standard.suspicionTimeout(confirmations: row.confirmations, members: row.members)
    #expect(row.milliseconds.contains(timeout.milliseconds), "\(timeout)")
  }

  @Test func confirmationsNeverLengthenIt() {
    for members in 1...300 {
      for confirmations in 0..<6 {
        let more = Settings.standard.suspicionTimeout(confirmations: confirmations + 1, members: members)
        let fewer = Settings.standard.suspicionTimeout(confirmations: confirmations, members: members)
        #expect(more <= fewer, "\(members) members, \(confirmations) confirmations")
      }
    }
  }

  @Test func standardSettingsHoldTogether() throws {
    try Settings.standard.check()
  }

  @Test func contradictingSettingsAreNamed() {
    var settings = Settings.standard
    settings.directTimeout = .milliseconds(80)
    #expect(throws: MembershipError.settings("directTimeout + indirectTimeout <= period")) { try settings.check() }
    settings = .standard
    settings.gossipBytesMax = 500
    #expect(throws: MembershipError.self) { try settings.check() }
    settings = .standard
    settings.period = .zero
    #expect(throws: MembershipError.self) { try settings.check() }
  }
}
