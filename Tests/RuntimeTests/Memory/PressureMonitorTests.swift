import Membership
import Mesh
import Testing

@testable import Runtime

/// Readings in, changes of level out.
@Suite struct PressureMonitorTests {
  /// Feeds a monitor one reading a second, in which tasks waited for the given shares of the time.
  struct Feed {
    var monitor = PressureMonitor()
    var reading = MemoryReading(time: 1_000_000_000)
    private var some: UInt64 = 5_000_000
    private var full: UInt64 = 1_000_000

    init(_ shape: (inout MemoryReading) -> Void = { _ in }) {
      reading.scope = .cgroup
      shape(&reading)
    }

    mutating func second(
      some someShare: Double = 0, full fullShare: Double = 0, fileRefaults: Int = 0, swapRefaults: Int = 0,
      majorFaults: Int = 0
    ) -> PressureChange? {
      reading.time += 1_000_000_000
      some += UInt64(someShare * 1_000_000)
      full += UInt64(fullShare * 1_000_000)
      reading.fileRefaults += fileRefaults
      reading.swapRefaults += swapRefaults
      reading.majorFaults += majorFaults
      reading.stalls = StallReading(
        "some avg10=12.50 avg60=0.00 avg300=0.00 total=\(some)\nfull avg10=3.25 avg60=0.00 avg300=0.00 total=\(full)\n")
      return monitor.feed(reading)
    }

    /// Seconds of calm until the level changes, and the change.
    mutating func calm(_ limit: Int = 60) -> (seconds: Int, change: PressureChange)? {
      for number in 1...limit { if let change = second() { return (number, change) } }
      return nil
    }
  }

  @Test func limitsHold() { PressureLimits.assertRelations() }

  @Test func theFirstReadingSaysNothing() {
    var feed = Feed()
    #expect(feed.second(some: 1, full: 1) == nil)
    #expect(feed.monitor.level == .none)
  }

  @Test(arguments: [
    (0.05, 0.0, MemoryPressure.Level.none), (0.11, 0.0, .some), (0.0, 0.06, .some), (0.32, 0.14, .some),
    (0.34, 0.0, .high), (0.2, 0.16, .high), (0.79, 0.49, .high), (0.81, 0.0, .critical), (0.51, 0.51, .critical),
  ])
  func stallsMakeTheLevel(_ some: Double, _ full: Double, _ level: MemoryPressure.Level) {
    var feed = Feed()
    for _ in 0..<5 { _ = feed.second(some: some, full: full) }
    #expect(feed.monitor.level == level)
    #expect(feed.monitor.figures.windowMilliseconds == 2_000)
    #expect(feed.monitor.figures.someStalledMilliseconds == Int((some * 2_000).rounded()))
    #expect(feed.monitor.figures.fullStalledMilliseconds == Int((full * 2_000).rounded()))
    #expect(feed.monitor.figures.someAverage == 12.5 && feed.monitor.figures.fullAverage == 3.25)
  }

  @Test func upAtOnceAndByAsManyLevelsAsNeeded() throws {
    var feed = Feed()
    _ = feed.second()
    let found = feed.second(some: 1, full: 1)
    let change = try #require(found)
    #expect(change.from == .none && change.to == .critical)
    #expect(feed.second(some: 1, full: 1) == nil)
  }

  /// Down after ten seconds of calm, not before; and one second of stalls begins them anew.
  @Test func downWithHysteresis() throws {
    var feed = Feed()
    _ = feed.second()
    _ = feed.second(some: 0.5)
    #expect(feed.monitor.level == .high)
    // Below what `high` is entered at, and above half of it: it stays.
    for _ in 0..<30 { #expect(feed.second(some: 0.2) == nil) }
    let calm = feed.calm()
    let (seconds, change) = try #require(calm)
    // The first second of calm is half a window of the stalls before it.
    #expect(seconds == 11 && change.from == .high && change.to == .some)
    let second = feed.calm()
    let (more, last) = try #require(second)
    #expect(more == 11 && last.from == .some && last.to == .none && last.cause == .over)
    let none = feed.calm()
    #expect(none == nil)
  }

  @Test func aRelapseBeginsTheWaitAnew() throws {
    var feed = Feed()
    _ = feed.second()
    _ = feed.second(some: 0.5)
    for _ in 0..<8 { #expect(feed.second() == nil) }
    #expect(feed.second(some: 0.5) == nil)
    let calm = feed.calm()
    let (seconds, change) = try #require(calm)
    // Two seconds until the relapse is out of the window.
    #expect(seconds == 12 && change.to == .none)
  }

  @Test func downToTheHighestThatWasAskedForMeanwhile() throws {
    var feed = Feed()
    _ = feed.second()
    _ = feed.second(some: 1, full: 1)
    var changes: [PressureChange] = []
    for _ in 0..<20 { if let change = feed.second(some: 0.12) { changes.append(change) } }
    #expect(changes.map(\.from) == [.critical] && changes.map(\.to) == [.some])
  }

  /// Weights that are mapped and read again and again: hardly a stall on a quick disk, and yet they do not fit.
  @Test func filesReadAgainArePressure() throws {
    var feed = Feed()
    _ = feed.second(fileRefaults: 9_000)
    let found = feed.second(fileRefaults: 9_000, majorFaults: 100)
    let change = try #require(found)
    #expect(change.to == .high && change.cause == .filesReadAgain && change.figures.fileRefaults == 9_000)
    // Of the whole machine they count only where this agent reads itself.
    var other = Feed { $0.scope = .machine }
    for _ in 0..<5 { #expect(other.second(fileRefaults: 9_000) == nil) }
    #expect(other.second(fileRefaults: 9_000, majorFaults: 1)?.to == .high)
    // Larger pages, fewer of them.
    var large = Feed()
    large.monitor = PressureMonitor(pageBytes: 65_536)
    _ = large.second()
    #expect(large.second(fileRefaults: 600)?.to == .high)
  }

  static let gibibyte = 1 << 30

  static let causes: [(cause: PressureCause, shape: @Sendable (inout MemoryReading) -> Void)] = [
    (
      .ownLimit,
      {
        $0.limitMaxBytes = gibibyte
        $0.limitUsedBytes = gibibyte - gibibyte / 100
        $0.machineAvailableBytes = 1
        $0.machineTotalBytes = gibibyte
      }
    ),
    (
      .ownLimit,
      {
        $0.limitMaxBytes = 2 * gibibyte
        $0.limitHighBytes = gibibyte
        $0.limitUsedBytes = gibibyte
      }
    ),
    (
      .machineShort,
      {
        $0.limitMaxBytes = gibibyte
        $0.limitUsedBytes = gibibyte / 2
        $0.machineAvailableBytes = gibibyte / 20
        $0.machineTotalBytes = gibibyte
      }
    ),
    (
      .elsewhere,
      {
        $0.machineAvailableBytes = gibibyte / 2
        $0.machineTotalBytes = gibibyte
      }
    ),
    (.elsewhere, { _ in }),
  ]

  @Test(arguments: 0..<5)
  func theCauseIsNamed(_ index: Int) throws {
    let (cause, shape) = Self.causes[index]
    var feed = Feed(shape)
    _ = feed.second()
    let found = feed.second(some: 0.5)
    let change = try #require(found)
    #expect(change.cause == cause)
    let words = change.words(MemoryHeld(weightsBytes: 3 << 20, requestsRunning: 2, requestsBytes: 1 << 20))
    #expect(
      words.contains("memory pressure is high (was none)")
        && words.contains("3.0 MiB of it weights, and 2 requests of 1.0 MiB"), "\(words)")
  }

  @Test func swapIsTheCauseWhereThereIsRoom() throws {
    var feed = Feed()
    _ = feed.second()
    #expect(feed.second(some: 0.5, swapRefaults: 1_000)?.cause == .swapping)
  }

  /// Counters that begin anew, time that stands still, figures beyond all sense: nothing traps.
  @Test func oddReadingsDoNoHarm() {
    var monitor = PressureMonitor()
    var random = SeededGenerator(seed: 7)
    var reading = MemoryReading(time: 0)
    for _ in 0..<2_000 {
      reading.time = random.next() % 3 == 0 ? random.next() : reading.time &+ random.next() % 3_000_000_000
      reading.scope = [.cgroup, .machine, .unknown][Int(random.next() % 3)]
      reading.stalls = StallReading("some avg10=1e300 total=\(random.next())\nfull avg10=-5 total=\(random.next())")
      for path: WritableKeyPath<MemoryReading, Int> in [\.fileRefaults, \.swapRefaults, \.majorFaults, \.residentBytes]
      {
        reading[keyPath: path] = Int(random.next() >> 1)
      }
      for path: WritableKeyPath<MemoryReading, Int?> in [
        \.limitUsedBytes, \.limitHighBytes, \.limitMaxBytes, \.machineAvailableBytes, \.machineTotalBytes,
      ] {
        reading[keyPath: path] = random.next() % 4 == 0 ? nil : Int(random.next() >> 1)
      }
      if let change = monitor.feed(reading) {
        let entry = AgentEvent.memoryPressure(
          change, MemoryHeld(weightsBytes: .max, requestsRunning: 0, requestsBytes: 1 << 20)
        ).entry
        #expect(!entry.text.isEmpty)
      }
      _ = monitor.pressure
    }
  }
}
