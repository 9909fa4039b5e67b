import Membership
import Testing

/// Two agents with one identity: whom the mesh holds stays, the newcomer is refused by name.
@Suite struct IdentityTests {
  /// A clone of machine 2's card at an address of its own, with a counter `ahead` of it, joining through `through`.
  static func meshWithClone(seed: UInt64, ahead: Int, through: Int) -> Simulator {
    var simulator = Simulator(seed: seed, count: 4)
    simulator.run(for: .milliseconds(300))
    // Machine 2 has restarted a few times, so that there are lower incarnations.
    for _ in 0..<4 {
      simulator.crash(2)
      simulator.start(2)
      simulator.run(for: .milliseconds(300))
    }
    let held = simulator.machines[2]
    simulator.add(
      id: held.id, address: "10.8.8.8:7000", seeds: [Simulator.address(through)],
      incarnation: UInt64(Int(held.incarnation) + ahead - 1))
    simulator.start(4)
    simulator.run(for: .seconds(1))
    return simulator
  }

  @Test(arguments: [-2, -1, 0, 1, 7], [0, 2])
  func aLiveCloneIsRefused(ahead: Int, through: Int) {
    for seed in 1...5 as ClosedRange<UInt64> {
      let simulator = IdentityTests.meshWithClone(seed: seed, ahead: ahead, through: through)
      let held = simulator.machines[2]
      let refusal = Refusal.duplicateIdentity(incarnation: held.incarnation, address: held.address)
      #expect(simulator.machines[4].mind?.standing == .refused(refusal), "seed \(seed)")
      #expect(simulator.notes.contains { $0.machine == 4 && $0.effect == .refused(refusal) })
      #expect(
        simulator.notes.contains {
          if case .turnedAway(let member, refusal) = $0.effect { member.address == "10.8.8.8:7000" } else { false }
        })
      // The held one is undisturbed.
      #expect(simulator.machines[2].mind?.standing == .active, "seed \(seed)")
      #expect(simulator.isConverged, "seed \(seed)")
      #expect(simulator.machines[0].mind?.member(held.id)?.address == held.address)
      #expect(simulator.deaths().isEmpty, "seed \(seed)")
    }
  }

  /// The clone came while the original was frozen: it is held by then, and the original is the one to go.
  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func theOneHeldStays(seed: UInt64) {
    var simulator = Simulator(seed: seed, count: 4)
    simulator.run(for: .milliseconds(300))
    simulator.pause(2, for: .seconds(4))
    simulator.run(for: .seconds(1))
    simulator.add(
      id: simulator.machines[2].id, address: "10.8.8.8:7000", seeds: [Simulator.address(0)], incarnation: 6)
    simulator.start(4)
    simulator.run(for: .seconds(5))
    let refusal = Refusal.duplicateIdentity(incarnation: 7, address: "10.8.8.8:7000")
    #expect(simulator.machines[2].mind?.standing == .refused(refusal), "seed \(seed)")
    #expect(simulator.machines[4].mind?.standing == .active, "seed \(seed)")
    #expect(simulator.isConverged, "seed \(seed)")
  }

  /// A board restored from a backup counts from behind: it is told which incarnation is known, and gets in above it.
  @Test(arguments: [false, true])
  func aCounterThatFellBackIsNamed(moves: Bool) {
    var simulator = Simulator(seed: 4, count: 4)
    for index in 0..<4 { #expect(simulator.machines[index].incarnation == 1) }
    simulator.run(for: .milliseconds(300))
    for _ in 0..<5 {
      simulator.crash(1)
      simulator.start(1)
      simulator.run(for: .milliseconds(200))
    }
    simulator.crash(1)
    simulator.machines[1].incarnation = 2
    if moves { simulator.move(1, to: "10.7.7.7:1") }
    simulator.start(1)
    simulator.run(for: .milliseconds(400))
    #expect(simulator.machines[1].mind?.standing == .refused(.staleIncarnation(known: 6)))
    simulator.machines[1].incarnation = 6
    simulator.start(1)
    #expect(simulator.run(atMost: .milliseconds(500)) { $0.isConverged } != nil)
    #expect(simulator.running.count == 4)
  }

  @Test func aFullMeshSaysSo() {
    var options = Simulator.Options()
    options.settings.membersMax = 5
    var simulator = Simulator(seed: 9, count: 5, options: options)
    simulator.run(for: .seconds(1))
    #expect(simulator.isConverged)
    simulator.add(seeds: [Simulator.address(0)])
    simulator.start(5)
    simulator.run(for: .seconds(1))
    #expect(simulator.notes.contains { $0.machine == 5 && $0.effect == .refused(.meshFull(limit: 5)) })
    #expect(simulator.machines[0].mind?.presentCount == 5)
    // Its place is free once another has gone.
    simulator.leave(3)
    simulator.run(for: .seconds(6))
    #expect(simulator.isConverged && simulator.running.count == 5 && simulator.running.contains(5))
  }
}
