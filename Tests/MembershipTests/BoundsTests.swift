import Membership
import Testing

/// Whatever comes in, nothing traps, grows without bound or leaves in a message that is too large.
@Suite struct BoundsTests {
  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func messagesStaySmall(seed: UInt64) {
    var options = Simulator.Options()
    options.loss = 0.1
    var simulator = Simulator(seed: seed, count: 12, options: options)
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<40 {
      let index = generator.below(12)
      switch generator.below(5) {
      case 0: simulator.crash(index)
      case 1: simulator.start(index)
      case 2: simulator.pause(index, for: .milliseconds(Int64(generator.below(1_500))))
      default:
        let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: generator.next()), count: generator.below(513))
        simulator.updatePayload(index, payload)
      }
      simulator.run(for: .milliseconds(100))
    }
    #expect(simulator.bytesMax <= Message.bytesMax, "seed \(seed): \(simulator.bytesMax) bytes")
    simulator.options.loss = 0
    for index in 0..<12 where simulator.machines[index].mind?.standing != .active { simulator.start(index) }
    #expect(simulator.run(atMost: .seconds(6), grain: .milliseconds(20)) { $0.isConverged } != nil, "seed \(seed)")
  }

  /// An insider's nonsense: random messages of random senders about random members, extreme numbers included.
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func nonsenseIsBounded(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var settings = Settings.standard
    settings.membersMax = 20
    settings.absentMax = 10
    let me = try Member(id: AgentID(high: 0, low: 0), incarnation: 5, address: "10.0.0.0:1", name: "me")
    var mind = try Membership(
      me: me, seeds: (0..<100).map { "10.0.0.\($0):1" }, settings: settings, seed: seed, now: .zero)
    var now = Timestamp.zero
    var steppedDown = 0
    for _ in 0..<3_000 {
      now += .milliseconds(Int64(generator.below(generator.below(50) == 0 ? 2_000 : 20)))
      let sender = Sender(id: Nonsense.id(&generator), incarnation: Nonsense.number(&generator))
      let effects: [Effect]
      switch generator.below(8) {
      case 0: effects = mind.step(.tick, at: now)
      case 1: effects = mind.step(.disconnected(sender.id), at: now)
      case 2: effects = mind.step(.heard(sender), at: now)
      default: effects = mind.step(.received(try Nonsense.message(&generator), from: sender), at: now)
      }
      #expect(effects.count <= 400, "seed \(seed)")
      for case .send(let message, _) in effects {
        if case .view(let view) = message {
          #expect(view.members.reduce(0) { $0 + $1.bytesBound } <= settings.viewPageBytes, "seed \(seed)")
        } else {
          #expect(message.bytesBound <= Message.bytesMax, "seed \(seed)")
        }
      }
      #expect(mind.presentCount <= settings.membersMax, "seed \(seed)")
      #expect(mind.members.count <= settings.membersMax + settings.absentMax, "seed \(seed)")
      #expect(mind.members.map(\.id) == mind.members.map(\.id).sorted(), "seed \(seed)")
      if mind.standing != .active {
        steppedDown += 1
        mind = try Membership(me: me, seeds: ["10.0.0.7:1"], settings: settings, seed: generator.next(), now: now)
      } else {
        #expect(mind.nextDeadline < now + .seconds(1) + .milliseconds(1), "seed \(seed)")
      }
    }
    #expect(steppedDown > 0, "seed \(seed): the draw never told it of a later self")
  }

  /// The ends of the clock and of every counter.
  @Test func extremesDoNotTrap() throws {
    let me = try Member(id: AgentID(high: 0, low: 0), incarnation: .max, refutation: .max, address: "a:1", name: "")
    var mind = try Membership(me: me, seeds: ["b:1"], seed: 0, now: Timestamp(nanoseconds: .max - 5))
    _ = mind.step(.tick, at: .distantFuture)
    _ = mind.step(.tick, at: Timestamp(nanoseconds: .min))
    let accuser = Sender(id: AgentID(high: 1, low: 1), incarnation: 1)
    let verdict = try Verdict(id: me.id, incarnation: .max, refutation: .max, state: .suspect)
    let effects = mind.step(.received(.gossip([.verdict(verdict)]), from: accuser), at: .distantFuture)
    #expect(effects.contains(.refused(.staleIncarnation(known: .max))), "a refutation that can't be raised")
  }
}

/// Draws of messages from small sets of identities and numbers, so that they meet.
enum Nonsense {
  static func id(_ generator: inout SeededGenerator) -> AgentID {
    AgentID(high: 0, low: UInt64(generator.below(60)))
  }

  static func number(_ generator: inout SeededGenerator) -> UInt64 {
    let choices: [UInt64] = [0, 1, 1, 1, 2, 3, 4, 5, .max]
    return generator.below(40) == 0 ? .max : choices[generator.below(choices.count - 1)]
  }

  static func member(_ generator: inout SeededGenerator) throws -> Member {
    let id = Nonsense.id(&generator)
    let address = generator.below(10) == 0 ? String(repeating: "x", count: 255) : "10.0.0.\(id.low):1"
    return try Member(
      id: id, incarnation: number(&generator), refutation: UInt32(truncatingIfNeeded: number(&generator)),
      state: Member.State.allCases[generator.below(4)], address: address,
      name: String(repeating: "n", count: generator.below(65)),
      payloadVersion: UInt32(truncatingIfNeeded: number(&generator)),
      payload: [UInt8](repeating: 1, count: generator.below(513)))
  }

  static func rumors(_ generator: inout SeededGenerator) throws -> [Rumor] {
    var rumors: [Rumor] = []
    for _ in 0..<generator.below(30) {
      if generator.below(2) == 0 {
        rumors.append(.record(try member(&generator)))
      } else {
        let states: [Member.State] = [.suspect, .dead, .left]
        let verdict = try Verdict(
          id: id(&generator), incarnation: number(&generator),
          refutation: UInt32(truncatingIfNeeded: number(&generator)), state: states[generator.below(3)],
          accusers: (0..<generator.below(5)).map { _ in id(&generator) })
        rumors.append(.verdict(verdict))
      }
    }
    return rumors
  }

  static func message(_ generator: inout SeededGenerator) throws -> Message {
    let sequence = UInt32(truncatingIfNeeded: generator.next())
    switch generator.below(8) {
    case 0: return .ping(sequence: sequence, target: id(&generator), digest: 0, gossip: try rumors(&generator))
    case 1: return .ack(sequence: sequence, digest: 0, gossip: try rumors(&generator))
    case 2: return .pingRequest(sequence: sequence, target: id(&generator), gossip: try rumors(&generator))
    case 3: return .nack(sequence: sequence, gossip: try rumors(&generator))
    case 4: return .gossip(try rumors(&generator))
    case 5: return .join(sequence: sequence, member: try member(&generator))
    case 6:
      var members: [Member] = []
      for _ in 0..<generator.below(50) { members.append(try member(&generator)) }
      return .view(
        View(sequence: generator.below(2) == 0 ? 0 : sequence, digest: 0, wantsReply: true, members: members))
    default: return .refusal(sequence: sequence, .staleIncarnation(known: .max))
    }
  }
}
