import Membership
import Testing

/// How fast a death is known to all, and that nobody dies who lives.
@Suite struct DetectionTests {
  @Test(arguments: [2, 3, 8, 16])
  func aDeathIsKnownToAllWithinASecond(count: Int) {
    var times: [TimeSpan] = []
    let seeds = 1...300 as ClosedRange<UInt64>
    for seed in seeds {
      var simulator = Simulator(seed: seed, count: count)
      simulator.run(for: .milliseconds(400))
      #expect(simulator.isConverged, "seed \(seed)")
      var generator = SeededGenerator(seed: seed)
      let victim = generator.below(count)
      simulator.run(for: TimeSpan(nanoseconds: Int64(generator.below(100_000_000))))
      simulator.crash(victim)
      let time = simulator.run(atMost: .seconds(5), grain: .milliseconds(2)) { $0.all(hold: .dead, of: victim) }
      guard let time else {
        Issue.record("seed \(seed): not all know of the death after 5 s")
        continue
      }
      times.append(time)
      let falselyDead = simulator.deaths().filter { $0.member.id != simulator.machines[victim].id }
      #expect(falselyDead.isEmpty, "seed \(seed)")
    }
    times.sort()
    let (median, p99) = (times[times.count / 2], times[times.count * 99 / 100])
    #expect(p99 < .seconds(1), "median \(median), p99 \(p99) over seeds \(seeds)")
  }

  /// A killed process is noticed by its peers' sockets: only the suspicion is left to wait for.
  @Test func aDroppedConnectionSpeedsItUp() {
    var options = Simulator.Options()
    options.crashesDisconnect = true
    for seed in 1...20 as ClosedRange<UInt64> {
      var simulator = Simulator(seed: seed, count: 4, options: options)
      simulator.run(for: .milliseconds(500))
      simulator.crash(1)
      simulator.run(for: .milliseconds(10))
      #expect(simulator.all(hold: .suspect, of: 1), "seed \(seed): suspect, never dead at once")
      let time = simulator.run(atMost: .seconds(2)) { $0.all(hold: .dead, of: 1) }
      #expect((time ?? .seconds(9)) < .milliseconds(420), "seed \(seed): \(time?.description ?? "never")")
    }
  }

  /// A connection that drops while its agent lives is refuted before anyone dies.
  @Test func aDroppedConnectionAloneKillsNobody() {
    var simulator = Simulator(seed: 1, count: 4)
    simulator.run(for: .milliseconds(500))
    for other in [0, 2, 3] { simulator.disconnect(other, from: 1) }
    simulator.run(for: .milliseconds(10))
    #expect(simulator.changes.contains { $0.member.state == .suspect })
    #expect(simulator.all(hold: .alive, of: 1))
    simulator.run(for: .seconds(2))
    #expect(simulator.deaths().isEmpty)
    #expect(simulator.isConverged)
  }

  @Test(arguments: [(8, 3), (16, 7), (3, 2)])
  func manyDeathsAtOnceAreKnown(_ row: (count: Int, dead: Int)) {
    for seed in 1...20 as ClosedRange<UInt64> {
      var simulator = Simulator(seed: seed, count: row.count)
      simulator.run(for: .milliseconds(500))
      for index in 0..<row.dead { simulator.crash(index) }
      let time = simulator.run(atMost: .seconds(5)) { $0.isConverged }
      #expect((time ?? .seconds(9)) < .milliseconds(1_500), "seed \(seed): \(time?.description ?? "never")")
      simulator.run(for: .seconds(2))
      let ids = (0..<row.dead).map { simulator.machines[$0].id }
      #expect(simulator.deaths().allSatisfy { ids.contains($0.member.id) }, "seed \(seed)")
    }
  }

  @Test(arguments: [4, 16])
  func aDeathIsKnownUnderLoss(count: Int) {
    var options = Simulator.Options()
    options.loss = 0.05
    for seed in 1...20 as ClosedRange<UInt64> {
      var simulator = Simulator(seed: seed, count: count, options: options)
      simulator.run(for: .seconds(1))
      simulator.crash(0)
      let time = simulator.run(atMost: .seconds(5)) { $0.all(hold: .dead, of: 0) }
      #expect((time ?? .seconds(9)) < .milliseconds(1_300), "seed \(seed): \(time?.description ?? "never")")
    }
  }

  /// Two that can't hear each other have helpers who hear both.
  @Test func aBrokenLinkKillsNobody() {
    for seed in 1...10 as ClosedRange<UInt64> {
      var simulator = Simulator(seed: seed, count: 5)
      simulator.run(for: .milliseconds(500))
      simulator.machines[0].unheard = [1]
      simulator.machines[1].unheard = [0]
      simulator.run(for: .seconds(10))
      #expect(!simulator.changes.contains { $0.member.state != .alive }, "seed \(seed): nobody is even suspect")
    }
  }

  /// Who sends and receives nothing can't be reached with a request: it is buried, though it is heard.
  @Test func theDeafAreBuriedInTheEnd() {
    for seed in 1...5 as ClosedRange<UInt64> {
      var simulator = Simulator(seed: seed, count: 5)
      simulator.run(for: .milliseconds(500))
      simulator.machines[3].isDeaf = true
      let time = simulator.run(atMost: .seconds(20), grain: .milliseconds(10)) { simulator in
        [0, 1, 2, 4].allSatisfy { simulator.state(of: 3, at: $0) == .dead }
      }
      #expect((time ?? .seconds(99)) < .seconds(5), "seed \(seed): \(time?.description ?? "never")")
      let wronged = simulator.deaths().filter { $0.machine != 3 && $0.member.id != simulator.machines[3].id }
      #expect(wronged.isEmpty, "seed \(seed): it took others with it")
      simulator.machines[3].isDeaf = false
      #expect(simulator.run(atMost: .seconds(3)) { $0.isConverged } != nil, "seed \(seed)")
    }
  }

  /// A board that hears everything late blames itself after a few failures; with no local health it would go on
  /// accusing everybody.
  @Test func aLaggingBoardAccusesLessAndLess() {
    func accusations(healthScoreMax: Int) -> Int {
      var count = 0
      for seed in 1...5 as ClosedRange<UInt64> {
        var options = Simulator.Options()
        options.settings.healthScoreMax = healthScoreMax
        var simulator = Simulator(seed: seed, count: 6, options: options)
        simulator.run(for: .milliseconds(500))
        simulator.machines[2].lag = .milliseconds(120)
        simulator.run(for: .seconds(10))
        let wrong = simulator.changes.filter { $0.machine == 2 && $0.member.state != .alive }
        count += wrong.count
        #expect(simulator.deaths().isEmpty, "seed \(seed)")
      }
      return count
    }
    let (with, without) = (accusations(healthScoreMax: 8), accusations(healthScoreMax: 0))
    #expect(with * 4 < without, "\(with) accusations with local health, \(without) without")
  }

  /// A board that stalls for 150 ms now and again distrusts itself before it accuses others.
  @Test func aStallingBoardAccusesNobody() {
    for seed in 1...10 as ClosedRange<UInt64> {
      var simulator = Simulator(seed: seed, count: 6)
      simulator.run(for: .milliseconds(500))
      for _ in 0..<30 {
        simulator.pause(2, for: .milliseconds(150))
        simulator.run(for: .milliseconds(300))
      }
      let wrong = simulator.changes.filter { $0.machine == 2 && $0.member.state != .alive }
      #expect(wrong.isEmpty, "seed \(seed)")
      #expect(simulator.deaths().isEmpty, "seed \(seed)")
    }
  }
}
