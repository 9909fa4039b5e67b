import Membership
import Testing

/// How fast a death is known to all, and that nobody dies who lives.
@Suite struct DetectionTests {
  @Test(arguments: [2, 3, 8, 16])
  func aDeathIsKnownToAllWithinASecond(count: Int) {
    var times: [TimeSpan] = []
    let seeds = 1...UInt64(count == 16 ? 120 : 200)
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
    print(
      "N=\(count) median \(times[times.count / 2]) p99 \(times[times.count * 99 / 100]) max \(times[times.count - 1])")
    #expect(times[times.count * 99 / 100] < .seconds(1), "p99 over seeds \(seeds)")
  }
}
