import Testing

@testable import Runtime

@Suite struct LogDestinationTests {
  struct Case: Sendable {
    var wanted: LogDestination
    var isJournalStream: Bool
    var isService: Bool
    var journalIsThere: Bool
    var journal: Bool
    var lines: Bool

    init(
      _ wanted: LogDestination, stream: Bool = false, service: Bool = false, there: Bool = true, journal: Bool,
      lines: Bool
    ) {
      self.wanted = wanted
      isJournalStream = stream
      isService = service
      journalIsThere = there
      self.journal = journal
      self.lines = lines
    }
  }

  static let cases: [Case] = [
    Case(.automatic, journal: false, lines: true),
    Case(.automatic, stream: true, service: true, journal: true, lines: false),
    Case(.automatic, stream: true, journal: true, lines: false),
    Case(.automatic, service: true, journal: true, lines: true),
    Case(.automatic, stream: true, service: true, there: false, journal: false, lines: true),
    Case(.journal, journal: true, lines: false),
    Case(.journal, there: false, journal: false, lines: true),
    Case(.standardError, stream: true, service: true, journal: false, lines: true),
    Case(.both, journal: true, lines: true),
    Case(.both, stream: true, journal: true, lines: false),
  ]

  @Test(arguments: cases) func whereEntriesGo(_ test: Case) {
    let choice = test.wanted.choice(
      in: .init(
        standardErrorIsJournal: test.isJournalStream, isService: test.isService, journalIsThere: test.journalIsThere))
    #expect(choice == LogDestination.Choice(journal: test.journal, lines: test.lines))
  }

  @Test(
    arguments: [
      ("8:1234", true), ("8:1235", false), ("9:1234", false), (nil, false), ("", false), ("8", false),
      ("8:1234:0", false),
      ("a:b", false),
    ] as [(String?, Bool)])
  func journalStream(_ value: String?, _ expected: Bool) {
    #expect(LogDestination.Surroundings.isJournal(value, device: 8, inode: 1234) == expected)
  }
}
