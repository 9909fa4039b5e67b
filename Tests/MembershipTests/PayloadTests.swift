import Membership
import Testing

/// What an agent says of itself reaches all quickly, in few and small messages.
@Suite struct PayloadTests {
  @Test(arguments: [(2, 30), (8, 30), (16, 30), (17, 300), (48, 300)])
  func aPayloadSpreads(_ row: (count: Int, milliseconds: Int64)) {
    for seed in 1...UInt64(row.count > 16 ? 3 : 10) {
      var simulator = Simulator(seed: seed, count: row.count)
      _ = simulator.run(atMost: .seconds(3), grain: .milliseconds(10)) { $0.isConverged }
      simulator.run(for: .milliseconds(500))
      let id = simulator.machines[1].id
      let payload = [UInt8](repeating: UInt8(seed), count: 300)
      simulator.updatePayload(1, payload)
      let time = simulator.run(atMost: .seconds(3)) { simulator in
        simulator.machines.allSatisfy { $0.mind?.member(id)?.payload == payload }
      }
      #expect((time ?? .seconds(9)) < .milliseconds(row.milliseconds), "seed \(seed): \(time?.description ?? "never")")
      #expect(simulator.machines.allSatisfy { $0.mind?.member(id)?.payloadVersion == 1 })
    }
  }

  /// Under loss the last of many payloads is everyone's in the end.
  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func theLastPayloadWins(seed: UInt64) {
    var options = Simulator.Options()
    options.loss = 0.2
    var simulator = Simulator(seed: seed, count: 10, options: options)
    simulator.run(for: .seconds(2))
    for version in 1...50 as ClosedRange<UInt8> {
      for index in 0..<10 { simulator.updatePayload(index, [UInt8(index), version]) }
      simulator.run(for: .milliseconds(20))
    }
    simulator.run(for: .seconds(5))
    for index in 0..<10 {
      let id = simulator.machines[index].id
      #expect(simulator.machines.allSatisfy { $0.mind?.member(id)?.payload == [UInt8(index), 50] }, "seed \(seed)")
    }
  }

  /// News of which every copy was lost is found missing by the views' digests.
  @Test(arguments: [2, 6])
  func lostNewsIsMadeUpFor(count: Int) {
    var options = Simulator.Options()
    options.settings.retransmitMultiplier = 1
    for seed in 1...10 as ClosedRange<UInt64> {
      var simulator = Simulator(seed: seed, count: count, options: options)
      simulator.run(for: .seconds(1))
      simulator.options.loss = 1
      simulator.updatePayload(1, [7])
      simulator.run(for: .milliseconds(45))
      simulator.options.loss = 0
      let id = simulator.machines[1].id
      let time = simulator.run(atMost: .seconds(5)) { simulator in
        simulator.machines.allSatisfy { $0.mind?.member(id)?.payload == [7] }
      }
      #expect((time ?? .seconds(9)) < .milliseconds(700), "seed \(seed): \(time?.description ?? "never")")
      #expect(!simulator.changes.contains { $0.member.state != .alive }, "seed \(seed): by no one's refutation")
    }
  }

  @Test func aPayloadIsBounded() throws {
    let me = try Member(id: AgentID(high: 0, low: 1), incarnation: 1, address: "a:1", name: "a")
    var mind = try Membership(me: me, seeds: [], seed: 1, now: .zero)
    #expect(throws: MembershipError.payloadTooLong(bytes: 513)) {
      try mind.updatePayload([UInt8](repeating: 0, count: 513), at: .zero)
    }
    _ = try mind.updatePayload([UInt8](repeating: 0, count: 512), at: .zero)
    #expect(mind.me.payloadVersion == 1)
    _ = try mind.updatePayload([UInt8](repeating: 0, count: 512), at: .zero)
    #expect(mind.me.payloadVersion == 1, "the same payload is no change")
    _ = mind.leave(at: .zero)
    #expect(throws: MembershipError.notActive) { try mind.updatePayload([], at: .zero) }
    #expect(mind.nextDeadline == .distantFuture)
  }
}
