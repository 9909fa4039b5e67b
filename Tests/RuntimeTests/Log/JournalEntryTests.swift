import Membership
import Mesh
import Testing

@testable import Runtime

/// Every kind of entry, made from the events that it tells, has the fields that it says it has.
@Suite struct JournalEntryTests {
  static let member = MemberChange(
    agent: AgentID(high: 3, low: 4), name: "board-2", address: "10.0.0.2:7707", incarnation: 5, from: .alive,
    to: .alive,
    isNewStart: true)
  static let figures: PressureFigures = {
    var figures = PressureFigures()
    figures.limitUsedBytes = 1
    figures.limitHighBytes = 2
    figures.limitMaxBytes = 3
    figures.machineAvailableBytes = 4
    figures.machineTotalBytes = 5
    return figures
  }()

  static func change(_ state: Member.State, from: Member.State? = .alive) -> Record {
    var change = member
    change.from = from
    change.to = state
    return .memberChanged(change)
  }

  static func outcome(_ kind: Outcome.Kind) -> Outcome {
    Outcome(kind: kind, reason: "why", answeredSeats: SeatMask([0]), lostSeats: SeatMask([1]))
  }

  static let events: [AgentEvent] = {
    let adoption = LogTests.adoption(1)
    let plan = adoption.plan
    let pressure = PressureChange(from: .none, to: .high, cause: .ownLimit, figures: figures)
    let attempt = AttemptID(request: LogTests.request, gateway: LogTests.agent, gatewayIncarnation: 1, counter: 1)
    let records: [Record] = [
      .joined(via: LogTests.agent, name: "board-1"), .refused(.meshFull(limit: 200)), .paused(milliseconds: 3_000),
      change(.alive, from: nil), change(.suspect), change(.dead, from: .suspect), change(.left),
      change(.alive, from: .dead),
      .turnedAway(LogTests.agent, name: "b", .meshFull(limit: 200)),
      .duplicateIdentity(LogTests.agent, address: "10.0.0.3:7707"),
      .seatMissed(attempt, seat: 1, stage: 2), .frameDropped("chunk off the roster"),
    ]
    return [
      .started(origin: .kept, address: "127.0.0.1:7707", stateDirectory: "/var/lib/edgemesh"),
      .stopping(uptimeMilliseconds: 1, requestsRunning: 2), .left(uptimeMilliseconds: 1, requestsAdmitted: 2),
      .planInstalled(adoption), .planReady(adoption, network: "n", weightsBytes: 9),
      .planFailed(adoption, reason: "no space"), .planDropped(adoption, network: "n"),
      .memoryPressure(pressure, MemoryHeld(weightsBytes: 1, requestsRunning: 1, requestsBytes: 1 << 20)),
      .entriesLost(3),
    ] + records.map { .record($0) }
      + Outcome.Kind.allCases.map { .record(.answered(LogTests.request, plan: plan, outcome($0))) }
  }()

  @Test func everyKindHasTheFieldsThatItSays() {
    #expect(Set(Self.events.map(\.message)) == Set(JournalMessage.allCases))
    for event in Self.events {
      let entry = event.entry
      #expect(entry.message == event.message)
      #expect(entry.fields.map(\.field) == entry.message.fields, "\(entry.message)")
      #expect(!entry.text.isEmpty && !entry.text.contains("\n"))
    }
  }

  @Test func fieldsOfTheJournal() throws {
    let context = LogContext(agent: "0123", name: "board-1", incarnation: 7)
    let entry = AgentEvent.record(LogTests.degraded(9)).entry
    let fields = JournalSink.fields(of: entry, context)
    for expected in [
      "MESSAGE=request ab/9 ended degraded after 0 ms: nothing exact stood in for 3 of 10 rows (seats lost: 2)",
      "MESSAGE_ID=8491f32c71174835b636d6c0c8ea1650", "PRIORITY=4", "SYSLOG_IDENTIFIER=edgemesh",
      "EDGEMESH_EVENT=request-degraded", "EDGEMESH_AGENT=0123", "EDGEMESH_NAME=board-1", "EDGEMESH_INCARNATION=7",
      "EDGEMESH_REQUEST=ab/9", "EDGEMESH_OUTCOME=degraded", "EDGEMESH_SEATS_LOST=2", "EDGEMESH_ROWS_ZERO=3",
    ] {
      #expect(fields.contains(expected), "\(expected) is not in \(fields)")
    }
    #expect(Set(fields.map { $0.prefix { $0 != "=" } }).count == fields.count)
  }

  /// Names come from other boards and reasons from files: one event stays one line and one entry.
  @Test func hostileTextStaysOneBoundedLine() {
    var change = Self.member
    change.name = "x\nMESSAGE_ID=0\u{1b}[2J"
    let entry = AgentEvent.record(.memberChanged(change)).entry
    #expect(!entry.text.contains("\n") && !entry.text.contains("\u{1b}"))
    let line = LineSink.line(entry, LogContext(agent: "a", name: "b\nc", incarnation: 1))
    #expect(line.filter { $0 == "\n" }.count == 1 && line.hasSuffix("\n") && !line.contains("\u{1b}"))
    let long = AgentEvent.record(.frameDropped(String(repeating: "é", count: 100_000))).entry
    #expect(long.text.utf8.count < 2_200 && long.fields[0].value.utf8.count < 2_200)
  }

  @Test(arguments: [
    (MemoryPressure.Level.none, LogPriority.notice), (.some, .info), (.high, .warning), (.critical, .error),
  ])
  func pressureMattersByItsLevel(_ level: MemoryPressure.Level, _ priority: LogPriority) {
    let change = PressureChange(from: .some, to: level, cause: .elsewhere, figures: Self.figures)
    let entry = AgentEvent.memoryPressure(
      change, MemoryHeld(weightsBytes: 0, requestsRunning: 0, requestsBytes: 1 << 20)
    ).entry
    #expect(entry.priority == priority)
  }
}
