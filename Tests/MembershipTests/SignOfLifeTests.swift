import Membership
import Testing

/// What one agent does, step by step, about another that it hears or does not hear.
@Suite struct SignOfLifeTests {
  static let other = AgentID(high: 1, low: 1)
  static let third = AgentID(high: 2, low: 2)

  /// An agent that knows `other` and `third`, alive under incarnation 1, at time zero.
  static func mind(configure: (inout Settings) -> Void = { _ in }) throws -> Membership {
    var settings = Settings.standard
    configure(&settings)
    let me = try Member(id: AgentID(high: 0, low: 1), incarnation: 1, address: "me:1", name: "me")
    var mind = try Membership(me: me, seeds: [], settings: settings, seed: 1, now: .zero)
    for id in [other, third] {
      let member = try Member(id: id, incarnation: 1, address: "\(id.high):1", name: "board")
      _ = mind.step(.received(.gossip([.record(member)]), from: Sender(id: id, incarnation: 1)), at: .zero)
    }
    return mind
  }

  static func verdict(_ state: Member.State, of id: AgentID = other, refutation: UInt32 = 0) throws -> Rumor {
    .verdict(try Verdict(id: id, incarnation: 1, refutation: refutation, state: state, accusers: [third]))
  }

  static func gossip(to id: AgentID, in effects: [Effect]) -> [[Rumor]] {
    effects.compactMap {
      if case .send(.gossip(let rumors), let destination) = $0, destination.id == id { rumors } else { nil }
    }
  }

  @Test(arguments: [Member.State.suspect, .dead])
  func whoIsHeardIsToldOnceInAWhile(state: Member.State) throws {
    var mind = try SignOfLifeTests.mind()
    let later = Timestamp.zero + .milliseconds(400)
    let news = Message.gossip([try SignOfLifeTests.verdict(state)])
    _ = mind.step(.tick, at: later)
    _ = mind.step(.received(news, from: Sender(id: SignOfLifeTests.third, incarnation: 1)), at: later)
    #expect(mind.member(SignOfLifeTests.other)?.state == state)
    // A thousand chunks of data within 95 ms: one answer.
    let sender = Sender(id: SignOfLifeTests.other, incarnation: 1)
    var told: [[Rumor]] = []
    for step in 0..<1_000 {
      let effects = mind.step(.heard(sender), at: later + .microseconds(Int64(step) * 95))
      told += SignOfLifeTests.gossip(to: SignOfLifeTests.other, in: effects)
    }
    #expect(told.count == 1)
    #expect(told.first?.contains { $0.subject == SignOfLifeTests.other } == true)
    #expect(told.first?.contains(.record(mind.me)) == true, "it may not know us")
    // Another incarnation's frames prove nothing about this one.
    let old = Sender(id: SignOfLifeTests.other, incarnation: 0)
    #expect(mind.step(.heard(old), at: later + .milliseconds(300)).allSatisfy { $0.isPause })
  }

  /// The ears are believed for 300 ms.
  @Test(arguments: zip([TimeSpan.milliseconds(299), .milliseconds(301)], [Member.State.suspect, .dead]))
  func hearsayOfADeathIsWeighed(after silence: TimeSpan, state: Member.State) throws {
    var mind = try SignOfLifeTests.mind()
    let later = Timestamp.zero + silence
    let news = Message.gossip([try SignOfLifeTests.verdict(.dead)])
    _ = mind.step(.received(news, from: Sender(id: SignOfLifeTests.third, incarnation: 1)), at: later)
    #expect(mind.member(SignOfLifeTests.other)?.state == state)
  }

  /// A view's dead are suspects where they are held alive, and no one's business where they are not known.
  @Test func aViewBuriesNobody() throws {
    var mind = try SignOfLifeTests.mind()
    let later = Timestamp.zero + .seconds(1)
    let dead = try Member(id: SignOfLifeTests.other, incarnation: 1, state: .dead, address: "1:1", name: "board")
    let unknown = try Member(id: AgentID(high: 7, low: 7), incarnation: 1, state: .dead, address: "7:1", name: "")
    let view = Message.view(View(sequence: 0, digest: 0, wantsReply: false, members: [dead, unknown]))
    let effects = mind.step(.received(view, from: Sender(id: SignOfLifeTests.third, incarnation: 1)), at: later)
    #expect(mind.member(SignOfLifeTests.other)?.state == .suspect)
    #expect(mind.member(unknown.id) == nil)
    #expect(!SignOfLifeTests.gossip(to: SignOfLifeTests.other, in: effects).isEmpty, "the suspect is told")
  }

  /// A suspect that is heard gets its time three times more, and no longer.
  @Test func creditEnds() throws {
    var mind = try SignOfLifeTests.mind()
    let sender = Sender(id: SignOfLifeTests.other, incarnation: 1)
    _ = mind.step(.disconnected(SignOfLifeTests.other), at: .zero)
    var now = Timestamp.zero
    var died: Timestamp?
    while died == nil, now < .zero + .seconds(30) {
      now += .milliseconds(5)
      var effects = mind.step(.heard(sender), at: now)
      effects += mind.step(.tick, at: now)
      for case .changed(let member, _) in effects where member.id == sender.id && member.state == .dead { died = now }
    }
    // K = 1 for three members, nobody confirms: 1200 ms, four times. The third is never heard, and dies first; then
    // K = 0 and it is 400 ms.
    let lifetime = try #require(died) - Timestamp.zero
    #expect(lifetime > .seconds(2) && lifetime < .seconds(5), "\(lifetime)")
  }

  /// Someone repeats an accusation that was refuted: it is set right at once, and nothing is refuted again.
  @Test func outdatedAccusationsAreSetRight() throws {
    var mind = try SignOfLifeTests.mind()
    let third = Sender(id: SignOfLifeTests.third, incarnation: 1)
    let accusation = try SignOfLifeTests.verdict(.suspect, of: mind.me.id)
    let first = mind.step(.received(.gossip([accusation]), from: third), at: .zero)
    #expect(mind.me.refutation == 1)
    #expect(SignOfLifeTests.gossip(to: third.id, in: first).contains([.record(mind.me)]))
    let again = mind.step(.received(.gossip([accusation]), from: third), at: .zero + .milliseconds(20))
    #expect(mind.me.refutation == 1)
    #expect(SignOfLifeTests.gossip(to: third.id, in: again).contains([.record(mind.me)]))
  }
}
