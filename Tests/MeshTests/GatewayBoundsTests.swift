import Membership
import Testing

@testable import Mesh

@Suite struct GatewayBoundsTests {
  @Test func relationsBetweenLimitsHold() { Limits.assertRelations() }

  @Test func aClientThatTakesNoOutcomesIsAnsweredInBoundedRoom() throws {
    var board = try LoneBoard()
    _ = try board.hold()
    var refused = 0
    for number in 0..<UInt64(2_000) {
      let submit = Submit(
        request: RequestID(client: 5, number: number), remainingMilliseconds: Limits.maximumDeadlineMilliseconds,
        inputBytes: [1])
      refused += board.client(.submit(submit)).outcomesAnswered.count
    }
    #expect(refused > 0 && refused <= Limits.outcomesPerClient)
    // It stays silent: nothing of it is kept for the hour that it asked for.
    _ = board.wait(milliseconds: 60_000)
    #expect(board.wait(milliseconds: 10_000).clientReplies.isEmpty)
  }

  @Test func clientsAtRestMakeRoom() throws {
    var board = try LoneBoard()
    for client in 0..<UInt64(Limits.clients) { _ = board.client(.ping(client: client, number: 1)) }
    #expect(board.client(.ping(client: 99_999, number: 1)).clientReplies.isEmpty)
    _ = board.wait(milliseconds: ClientLink.restMilliseconds + 100)
    #expect(board.client(.ping(client: 99_999, number: 2)).clientReplies.count == 1)
  }

  @Test func inputsThatNeverComeFreeTheirPlaces() throws {
    var board = try LoneBoard()
    _ = try board.hold()
    for number in 0..<UInt64(Limits.requestsPerGateway) {
      let submit = Submit(
        request: RequestID(client: 5, number: number), remainingMilliseconds: Limits.maximumDeadlineMilliseconds,
        inputBytes: [64])
      _ = board.client(.submit(submit))
    }
    #expect(board.mind.requestCount == Limits.requestsPerGateway)
    _ = board.wait(milliseconds: GatewayRequest.receivingMilliseconds + 100)
    #expect(board.mind.requestCount == 0)
    #expect(!board.request(RequestID(client: 6, number: 0)).attemptsOpened.isEmpty)
  }

  @Test func anotherNetworkOfTheSameShapeDoesNotAnswer() throws {
    var board = try LoneBoard()
    _ = try board.hold(tag: 1)
    let other = try LoneBoard.plan(seats: 1, tag: 2).facts.digest
    let effects = board.request(RequestID(client: 5, number: 0), plan: other)
    #expect(effects.attemptsOpened.isEmpty)
    #expect(effects.outcomesAnswered.map(\.kind) == [.refused])
    // Where somebody else holds it, the client is sent there.
    try board.join(1, claims: [HoldingClaim(plan: other, generation: 1, seat: 0)])
    let replies = board.request(RequestID(client: 5, number: 1), plan: other).clientReplies
    #expect(replies.contains(.redirect(RequestID(client: 5, number: 1), addresses: [LoneBoard.address(1)])))
  }

  @Test func aPlanThatIsJustBeingDeployedIsNotUsedYet() throws {
    var board = try LoneBoard()
    let old = try board.hold(seats: 2, tag: 1, generation: 1)
    try board.join(1, claims: [HoldingClaim(plan: old.digest, generation: 1, seat: 1)])
    let new = try board.hold(seats: 2, tag: 2, generation: 2)
    #expect(board.request(RequestID(client: 5, number: 0)).plansOpened == [old.digest])
    // Both hold both: the newer one it is.
    try board.join(
      1, incarnation: 2,
      claims: [
        HoldingClaim(plan: new.digest, generation: 2, seat: 1), HoldingClaim(plan: old.digest, generation: 1, seat: 1),
      ])
    #expect(board.request(RequestID(client: 5, number: 1)).plansOpened == [new.digest])
  }

  @Test func otherGatewaysLeaveRoomForOneAnotherAndForOwnRequests() throws {
    var board = try LoneBoard()
    let facts = try board.hold(seats: 2)
    var opened = 0
    var closed = 0
    for gateway in 1...8 {
      try board.join(gateway)
      for number in 0..<UInt64(20) {
        let effects = board.opened(by: gateway, number: UInt64(gateway) * 100 + number, plan: facts.digest)
        opened += effects.attemptsOpened.count
        closed += effects.attemptsClosed.count
      }
      #expect(opened - closed <= gateway * Limits.attemptsPerGateway)
    }
    #expect(opened - closed == Limits.attemptsPerSeat - Limits.requestsRunning)
    #expect(!board.request(RequestID(client: 5, number: 0)).attemptsOpened.isEmpty)
  }

  @Test func attemptsOfAGatewaysFormerStartEnd() throws {
    var board = try LoneBoard()
    let facts = try board.hold(seats: 2)
    try board.join(1)
    let former = board.opened(by: 1, number: 1, plan: facts.digest).attemptsOpened
    #expect(former.count == 1)
    #expect(try board.join(1, incarnation: 2).attemptsClosed == former)
    #expect(board.opened(by: 1, number: 2, plan: facts.digest, incarnation: 2).attemptsOpened.count == 1)
  }

  @Test func aFrameInOnesOwnNameIsDropped() throws {
    var board = try LoneBoard()
    let facts = try board.hold()
    let attempt = AttemptID(
      request: RequestID(client: 9, number: 1), gateway: LoneBoard.me, gatewayIncarnation: 1, counter: 77)
    let open = OpenAttempt(
      attempt: attempt, plan: facts.digest, remainingMilliseconds: 1_000, gatewaySeat: 0,
      roster: Roster(entries: [.init(agent: LoneBoard.me, incarnation: 1)]))
    let effects = board.step(.frame(Frame(sender: LoneBoard.me, incarnation: 1, body: .open(open)), buffer: nil))
    #expect(effects.attemptsOpened.isEmpty)
    #expect(board.mind.counters.framesDropped == 1)
  }

  @Test func whoeverARosterNamesIsRememberedInBoundedRoom() {
    var peers = Peers(bounds: Patience.Bounds())
    let now = Timestamp.zero.advanced(milliseconds: 1)
    let first = LoneBoard.agent(0)
    peers.missed(first, now: now)
    for index in 1...Limits.peers { peers.missed(LoneBoard.agent(index), now: now) }
    #expect(!peers.hasMissed(first))
    #expect(peers.hasMissed(LoneBoard.agent(Limits.peers)))
  }
}
