import Membership
import Testing

/// What one agent answers, and what it leaves unanswered.
@Suite struct AnswerTests {
  static let other = SignOfLifeTests.other
  static let sender = Sender(id: other, incarnation: 1)

  static func messages(in effects: [Effect]) -> [(message: Message, to: Destination)] {
    effects.compactMap { if case .send(let message, let to) = $0 { (message, to) } else { nil } }
  }

  @Test func aPingIsAnsweredByItsTargetAlone() throws {
    var mind = try SignOfLifeTests.mind()
    let mine = Message.ping(sequence: 77, target: mind.me.id, digest: mind.digest, gossip: [])
    let answers = AnswerTests.messages(in: mind.step(.received(mine, from: AnswerTests.sender), at: .zero))
    #expect(answers.count == 1)
    guard case .ack(77, let digest, _) = answers.first?.message else {
      Issue.record("no ack: \(answers)")
      return
    }
    #expect(digest == mind.digest)
    #expect(answers.first?.to == Destination(id: AnswerTests.other, address: "1:1"))
    // The agent that had this address before.
    let others = Message.ping(sequence: 78, target: AgentID(high: 9, low: 9), digest: mind.digest, gossip: [])
    #expect(mind.step(.received(others, from: AnswerTests.sender), at: .zero).isEmpty)
    // One whose address nobody gave.
    let stranger = Sender(id: AgentID(high: 8, low: 8), incarnation: 1)
    #expect(mind.step(.received(mine, from: stranger), at: .zero).isEmpty)
  }

  /// Alone it asks ever more rarely; in company it asks only the seeds that are missing, every five seconds.
  @Test func seedsAreAskedWithBackOff() throws {
    let me = try Member(id: AgentID(high: 0, low: 1), incarnation: 1, address: "me:1", name: "me")
    var mind = try Membership(me: me, seeds: ["me:1", "a:1", "1:1", "a:1"], seed: 1, now: .zero)
    var asked: [Int64: [String]] = [:]
    func run(until end: Timestamp, from start: Timestamp) {
      var now = start
      while mind.nextDeadline <= end {
        now = max(now, mind.nextDeadline)
        for (message, to) in AnswerTests.messages(in: mind.step(.tick, at: now)) {
          if case .join = message { asked[(now - Timestamp.zero).milliseconds, default: []].append(to.address) }
        }
      }
    }
    run(until: .zero + .seconds(8), from: .zero)
    #expect(asked.keys.sorted() == [0, 100, 300, 700, 1_500, 3_100, 5_100, 7_100])
    #expect(asked.values.allSatisfy { $0 == ["a:1", "1:1"] }, "each once, and not itself")
    asked = [:]
    let found = try Member(id: AnswerTests.other, incarnation: 1, address: "1:1", name: "board")
    let news = Message.gossip([.record(found)])
    let effects = mind.step(.received(news, from: AnswerTests.sender), at: .zero + .seconds(8))
    #expect(
      AnswerTests.messages(in: effects).contains {
        if case .join(_, mind.me) = $0.message { $0.to.address == "1:1" } else { false }
      }, "the first that it meets is asked for its view")
    // Kept alive by other frames, while its answers are lost.
    var now = Timestamp.zero + .seconds(8)
    while now < .zero + .seconds(22) {
      now += .milliseconds(10)
      _ = mind.step(.heard(AnswerTests.sender), at: now)
      run(until: now, from: now)
    }
    #expect(asked.keys.sorted() == [9_100, 14_100, 19_100])
    #expect(asked.values.allSatisfy { $0 == ["a:1"] })
  }

  @Test func aViewIsAnsweredWhereItDiffers() throws {
    var mind = try SignOfLifeTests.mind()
    func answer(digest: UInt64, wantsReply: Bool) -> [(message: Message, to: Destination)] {
      let view = Message.view(View(sequence: 0, digest: digest, wantsReply: wantsReply, members: []))
      return AnswerTests.messages(in: mind.step(.received(view, from: AnswerTests.sender), at: .zero))
    }
    #expect(answer(digest: mind.digest, wantsReply: true).isEmpty)
    #expect(answer(digest: 1, wantsReply: false).isEmpty)
    let replies = answer(digest: 1, wantsReply: true)
    guard replies.count == 1, case .view(let view) = replies[0].message else {
      Issue.record("no view: \(replies)")
      return
    }
    #expect(view.members == [mind.me] + mind.members.filter { $0.id != mind.me.id })
    #expect(!view.wantsReply && view.digest == mind.digest)
  }

  @Test func anEndedIncarnationIsTold() throws {
    var mind = try SignOfLifeTests.mind()
    let restarted = try Member(id: AnswerTests.other, incarnation: 2, address: "1:2", name: "board")
    _ = mind.step(
      .received(.gossip([.record(restarted)]), from: Sender(id: SignOfLifeTests.third, incarnation: 1)), at: .zero)
    #expect(mind.lastHeard(AnswerTests.other) == nil, "what was heard was the incarnation before")
    let old = try Member(id: AnswerTests.other, incarnation: 1, address: "1:1", name: "board")
    let ping = Message.ping(sequence: 5, target: mind.me.id, digest: 0, gossip: [.record(old)])
    let answers = AnswerTests.messages(in: mind.step(.received(ping, from: AnswerTests.sender), at: .zero))
    #expect(answers.map(\.message) == [.gossip([.record(restarted)])])
    #expect(answers.map(\.to) == [Destination(id: nil, address: "1:1")])
    #expect(mind.member(AnswerTests.other) == restarted)
    #expect(mind.lastHeard(AnswerTests.other) == nil)
  }

  @Test func aHelperSaysWhatItFinds() throws {
    var mind = try SignOfLifeTests.mind()
    let request = Message.pingRequest(sequence: 9, target: SignOfLifeTests.third, gossip: [])
    let asked = AnswerTests.messages(in: mind.step(.received(request, from: AnswerTests.sender), at: .zero))
    guard asked.count == 1, case .ping(let sequence, SignOfLifeTests.third, _, _) = asked[0].message else {
      Issue.record("the target is not asked: \(asked)")
      return
    }
    // Nothing for 40 ms: nack. A late answer is passed on all the same.
    var nacks: [Timestamp] = []
    while mind.nextDeadline < .zero + .milliseconds(60) {
      let now = mind.nextDeadline
      for (message, to) in AnswerTests.messages(in: mind.step(.tick, at: now)) {
        if case .nack(9, _) = message, to.id == AnswerTests.other { nacks.append(now) }
      }
    }
    #expect(nacks == [.zero + .milliseconds(40)])
    let ack = Message.ack(sequence: sequence, digest: mind.digest, gossip: [])
    let third = Sender(id: SignOfLifeTests.third, incarnation: 1)
    let passedOn = AnswerTests.messages(in: mind.step(.received(ack, from: third), at: .zero + .milliseconds(60)))
    #expect(
      passedOn.contains { if case .ack(9, _, _) = $0.message { $0.to.id == AnswerTests.other } else { false } })
  }
}
