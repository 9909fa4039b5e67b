import Membership
import Testing

/// Frozen boards, restarted boards, healed partitions, good-byes.
@Suite struct ReturnTests {
  /// SIGSTOP for 3 s: dead for all, then back without a restart, and nobody else suffers for it.
  @Test(arguments: [2, 4, 16])
  func aFrozenBoardReturnsByRefutation(count: Int) {
    for seed in 1...UInt64(count == 16 ? 8 : 30) {
      var simulator = Simulator(seed: seed, count: count)
      simulator.run(for: .milliseconds(500))
      simulator.pause(0, for: .seconds(3))
      simulator.run(for: .milliseconds(2_900))
      let others = Array(1..<count)
      #expect(others.allSatisfy { simulator.state(of: 0, at: $0) == .dead }, "seed \(seed)")
      let thawed = simulator.now + .milliseconds(100)
      simulator.run(until: thawed)
      let time = simulator.run(atMost: .seconds(3)) { $0.isConverged && $0.all(hold: .alive, of: 0) }
      #expect((time ?? .seconds(9)) < .milliseconds(300), "seed \(seed): \(time?.description ?? "never")")
      let back = simulator.machines[0].mind?.me
      #expect(back?.incarnation == 1, "seed \(seed): not by a restart")
      #expect((back?.refutation ?? 0) >= 1, "seed \(seed)")
      // Its own pause is noticed, and it accuses nobody of its own silence.
      #expect(simulator.notes.contains { $0.machine == 0 && $0.effect.isPause }, "seed \(seed)")
      #expect(!simulator.changes.contains { $0.machine == 0 && $0.member.state != .alive }, "seed \(seed)")
      let others0 = simulator.deaths().filter { $0.member.id != simulator.machines[0].id }
      #expect(others0.isEmpty, "seed \(seed)")
    }
  }

  /// A short freeze, within the suspicion, kills nobody.
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func aShortFreezeIsRefutedInTime(seed: UInt64) {
    var simulator = Simulator(seed: seed, count: 8)
    simulator.run(for: .milliseconds(500))
    simulator.pause(2, for: .milliseconds(350))
    simulator.run(for: .seconds(2))
    #expect(simulator.deaths().isEmpty, "seed \(seed)")
    #expect(simulator.isConverged && simulator.all(hold: .alive, of: 2), "seed \(seed)")
  }

  /// The restarted agent is seen by all under its new incarnation within 500 ms: after death or before anyone noticed,
  /// with seeds or found by the others, at its address or another.
  @Test(arguments: [TimeSpan.milliseconds(30), .seconds(2)], [true, false])
  func aRestartIsSeenByAll(after down: TimeSpan, moves: Bool) {
    for seed in 1...15 as ClosedRange<UInt64> {
      var simulator = Simulator(seed: seed, count: 8)
      simulator.run(for: .milliseconds(500))
      simulator.crash(5)
      simulator.run(for: down)
      if moves { simulator.move(5, to: "10.9.9.9:7000") }
      simulator.start(5)
      let time = simulator.run(atMost: .seconds(3)) { simulator in
        simulator.isConverged
          && simulator.running.allSatisfy {
            simulator.machines[$0].mind?.member(simulator.machines[5].id)?.incarnation == 2
          }
      }
      #expect((time ?? .seconds(9)) < .milliseconds(500), "seed \(seed): \(time?.description ?? "never")")
    }
  }

  /// The agent that everybody joined through restarts without seeds: the others find it.
  @Test(arguments: [2, 8], [TimeSpan.milliseconds(30), .seconds(3)])
  func aSeedlessRestartIsFound(count: Int, after down: TimeSpan) {
    for seed in 1...15 as ClosedRange<UInt64> {
      var simulator = Simulator(seed: seed, count: count)
      simulator.run(for: .milliseconds(500))
      simulator.crash(0)
      simulator.run(for: down)
      simulator.start(0, seeds: [])
      let time = simulator.run(atMost: .seconds(5), grain: .milliseconds(5)) { $0.isConverged }
      #expect((time ?? .seconds(9)) < .milliseconds(1_600), "seed \(seed): \(time?.description ?? "never")")
    }
  }

  /// The counter on disk was lost: the same incarnation again, without memory. It refutes what it hears of itself.
  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func aRestartUnderTheSameIncarnationIsHealed(seed: UInt64) {
    var simulator = Simulator(seed: seed, count: 5)
    simulator.run(for: .milliseconds(500))
    simulator.updatePayload(3, [1])
    simulator.updatePayload(3, [2])
    simulator.crash(3)
    simulator.run(for: .seconds(2))
    simulator.start(3, keepIncarnation: true)
    simulator.updatePayload(3, [9])
    #expect(simulator.run(atMost: .seconds(2)) { $0.isConverged } != nil, "seed \(seed)")
    let id = simulator.machines[3].id
    #expect(simulator.machines.allSatisfy { $0.mind?.member(id)?.payload == [9] }, "seed \(seed)")
  }

  /// Cut off so long that the others buried it, and so shortly that it did not bury them: it is told when it is heard.
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func whoIsHeardIsToldOfItsDeath(seed: UInt64) {
    var simulator = Simulator(seed: seed, count: 8)
    simulator.run(for: .milliseconds(500))
    simulator.machines[3].side = 1
    simulator.run(for: .milliseconds(800))
    #expect(simulator.all(hold: .dead, of: 3), "seed \(seed)")
    #expect(simulator.machines[3].mind?.presentCount == 8, "seed \(seed)")
    simulator.machines[3].side = 0
    let time = simulator.run(atMost: .seconds(3)) { $0.isConverged && $0.all(hold: .alive, of: 3) }
    #expect((time ?? .seconds(9)) < .milliseconds(250), "seed \(seed): \(time?.description ?? "never")")
  }

  @Test(arguments: [(4, 4), (1, 1), (1, 7), (5, 3)])
  func aHealedPartitionMerges(_ sides: (Int, Int)) {
    let count = sides.0 + sides.1
    for seed in 1...10 as ClosedRange<UInt64> {
      var simulator = Simulator(seed: seed, count: count)
      simulator.run(for: .milliseconds(500))
      for index in sides.0..<count { simulator.machines[index].side = 1 }
      simulator.run(for: .seconds(10))
      for index in 0..<count {
        #expect(
          simulator.machines[index].mind?.presentCount == (index < sides.0 ? sides.0 : sides.1), "seed \(seed)")
      }
      for index in 0..<count { simulator.machines[index].side = 0 }
      let healed = simulator.now
      let time = simulator.run(atMost: .seconds(5)) { $0.isConverged }
      #expect((time ?? .seconds(9)) < .seconds(2), "seed \(seed): \(time?.description ?? "never")")
      simulator.run(for: .seconds(1))
      #expect(simulator.deaths(since: healed).isEmpty, "seed \(seed): the heal buried someone")
    }
  }

  /// Who said good-bye stays gone, whatever old gossip says, until it starts again.
  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func aGoodByeIsFinal(seed: UInt64) throws {
    var simulator = Simulator(seed: seed, count: 6)
    simulator.run(for: .milliseconds(500))
    let id = simulator.machines[4].id
    let stale = try #require(simulator.machines[1].mind?.member(id))
    simulator.leave(4)
    simulator.run(for: .milliseconds(100))
    #expect(simulator.all(hold: .left, of: 4), "seed \(seed)")
    #expect(!simulator.changes.contains { $0.member.id == id && $0.member.state == .suspect })
    // Old gossip, and even a later refutation, does not bring it back.
    let refuted = try Member(
      id: id, incarnation: stale.incarnation, refutation: 9, address: stale.address, name: stale.name)
    for member in [stale, refuted] {
      simulator.inject(
        .gossip([.record(member)]), from: Sender(id: simulator.machines[2].id, incarnation: 1), to: 1)
    }
    simulator.run(for: .seconds(1))
    #expect(simulator.all(hold: .left, of: 4), "seed \(seed)")
    #expect(simulator.deaths().isEmpty, "seed \(seed)")
    simulator.start(4)
    #expect(simulator.run(atMost: .milliseconds(500)) { $0.isConverged } != nil, "seed \(seed)")
  }

  @Test func theLongDeadAreForgotten() {
    var options = Simulator.Options()
    options.settings.absentKept = .seconds(4)
    var simulator = Simulator(seed: 3, count: 4, options: options)
    simulator.run(for: .milliseconds(500))
    simulator.crash(2)
    simulator.run(for: .seconds(3))
    #expect(simulator.all(hold: .dead, of: 2))
    simulator.run(for: .seconds(5))
    #expect(simulator.running.allSatisfy { simulator.state(of: 2, at: $0) == nil })
    #expect(simulator.notes.count { if case .forgotten = $0.effect { true } else { false } } == 3)
  }
}

extension Effect {
  var isPause: Bool {
    if case .paused = self { return true }
    return false
  }
}
