import Membership
import Testing

/// Which of two statements about an agent is believed.
@Suite struct PrecedenceTests {
  static let id = AgentID(high: 1, low: 2)

  static func record(
    _ incarnation: UInt64, _ refutation: UInt32, _ state: Member.State, payload version: UInt32 = 0
  ) throws -> Member {
    try Member(
      id: id, incarnation: incarnation, refutation: refutation, state: state, address: "10.0.0.\(incarnation):1",
      name: "board", payloadVersion: version, payload: [UInt8(truncatingIfNeeded: version)])
  }

  struct Case: CustomTestStringConvertible {
    let held: (UInt64, UInt32, Member.State)
    let heard: (UInt64, UInt32, Member.State)
    let changes: Bool
    var testDescription: String { "\(held) hears \(heard)" }
  }

  static let table: [Case] = [
    // A higher incarnation wins over everything, a lower one changes nothing.
    Case(held: (1, 0, .alive), heard: (2, 0, .alive), changes: true),
    Case(held: (1, 9, .dead), heard: (2, 0, .alive), changes: true),
    Case(held: (1, 9, .left), heard: (2, 0, .alive), changes: true),
    Case(held: (1, 9, .alive), heard: (2, 0, .dead), changes: true),
    Case(held: (2, 0, .alive), heard: (1, 9, .alive), changes: false),
    Case(held: (2, 0, .alive), heard: (1, 9, .dead), changes: false),
    Case(held: (2, 0, .alive), heard: (1, 9, .left), changes: false),
    // Within an incarnation left is final.
    Case(held: (1, 3, .alive), heard: (1, 0, .left), changes: true),
    Case(held: (1, 3, .dead), heard: (1, 0, .left), changes: true),
    Case(held: (1, 0, .left), heard: (1, 9, .alive), changes: false),
    Case(held: (1, 0, .left), heard: (1, 9, .dead), changes: false),
    // Then the higher refutation wins.
    Case(held: (1, 0, .suspect), heard: (1, 1, .alive), changes: true),
    Case(held: (1, 0, .dead), heard: (1, 1, .alive), changes: true),
    Case(held: (1, 0, .dead), heard: (1, 1, .suspect), changes: true),
    Case(held: (1, 2, .alive), heard: (1, 1, .suspect), changes: false),
    Case(held: (1, 2, .alive), heard: (1, 1, .dead), changes: false),
    Case(held: (1, 2, .suspect), heard: (1, 1, .dead), changes: false),
    // Then the worse news.
    Case(held: (1, 1, .alive), heard: (1, 1, .suspect), changes: true),
    Case(held: (1, 1, .alive), heard: (1, 1, .dead), changes: true),
    Case(held: (1, 1, .suspect), heard: (1, 1, .dead), changes: true),
    Case(held: (1, 1, .suspect), heard: (1, 1, .alive), changes: false),
    Case(held: (1, 1, .dead), heard: (1, 1, .alive), changes: false),
    Case(held: (1, 1, .dead), heard: (1, 1, .suspect), changes: false),
    Case(held: (1, 1, .alive), heard: (1, 1, .alive), changes: false),
  ]

  @Test(arguments: table)
  func laterStatementIsBelieved(_ row: Case) throws {
    let held = try PrecedenceTests.record(row.held.0, row.held.1, row.held.2)
    let heard = try PrecedenceTests.record(row.heard.0, row.heard.1, row.heard.2)
    let result = held.merged(with: heard)
    #expect(result.precedence == (row.changes ? heard : held).precedence)
    #expect(result == heard.merged(with: held))
    #expect((held.precedence < heard.precedence) == row.changes)
  }

  /// An accuser with an old payload undoes nothing, and news of a payload does not undo a verdict.
  @Test func payloadAndStateMergeApart() throws {
    let fresh = try PrecedenceTests.record(1, 0, .alive, payload: 5)
    let accused = try PrecedenceTests.record(1, 0, .suspect, payload: 3)
    let both = fresh.merged(with: accused)
    #expect(both.state == .suspect)
    #expect(both.payloadVersion == 5)
    #expect(both.payload == [5])
    // A new incarnation counts its payloads anew.
    let restarted = try PrecedenceTests.record(2, 0, .alive, payload: 1)
    #expect(fresh.merged(with: restarted).payload == [1])
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func mergingIsASemilattice(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    func draw() throws -> Member {
      let state = Member.State.allCases[generator.below(4)]
      return try PrecedenceTests.record(
        UInt64(generator.below(3)), UInt32(generator.below(3)), state, payload: UInt32(generator.below(4)))
    }
    for _ in 0..<200 {
      let (a, b, c) = (try draw(), try draw(), try draw())
      #expect(a.merged(with: b) == b.merged(with: a), "seed \(seed)")
      #expect(a.merged(with: b).merged(with: c) == a.merged(with: b.merged(with: c)), "seed \(seed)")
      #expect(a.merged(with: a) == a, "seed \(seed)")
    }
  }

  @Test func anotherAgentsRecordIsIgnored() throws {
    let held = try PrecedenceTests.record(1, 0, .alive)
    let other = try Member(id: AgentID(high: 9, low: 9), incarnation: 7, address: "a:1", name: "b")
    #expect(held.merged(with: other) == held)
  }
}
