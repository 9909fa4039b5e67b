import Foundation
import Membership
import Plans

@testable import Mesh

/// A pretend outside around the real mind: virtual clock, network and boards, one client. Everything follows from the
/// scenario's seed; a failing run prints it.
struct World {
  /// A bug planted on purpose between the mind and the world, to prove that the checks bite.
  enum Sabotage: Sendable, CaseIterable {
    case outcomeDropped
    case rowsTakenTwice
    case labelLeftClean
  }

  struct Board {
    var mind: AgentMind?
    var symbolic: SymbolicBoard
    var incarnation: UInt64 = 0
    var pausedUntil: Timestamp?
    /// When the worker is free again.
    var workerFree = Timestamp.zero
    var timer: Timestamp?
  }

  enum Happening {
    case frame(Frame, SymbolicBuffer?, to: Int, incarnation: UInt64?)
    case toGateway(ClientFrame, SymbolicBuffer?, board: Int)
    case toClient(ClientReply, SymbolicBuffer?, from: Int)
    case workDone(AttemptID, WorkUnit?, BufferHandle, board: Int, incarnation: UInt64)
    case ready(board: Int, incarnation: UInt64)
    case timer(board: Int)
    case clientTimer
    case crash(board: Int)
    case restart(board: Int)
    case pause(board: Int, until: Timestamp)
    case resume(board: Int)
  }

  let scenario: Scenario
  let sabotage: Sabotage?
  var random: SeededGenerator
  var now = Timestamp.zero
  var queue = EventQueue<Happening>()
  let facts: PlanFacts
  let network: NetworkReference
  var boards: [Board] = []
  var lastDelivery: [Int: Timestamp] = [:]
  var loss: Double

  var session: ClientSession
  var clientBuffers: [BufferHandle: Taint] = [:]
  var nextClientBuffer: UInt64 = 1
  var deadlines: [RequestID: Timestamp] = [:]
  var outcomes: [RequestID: Outcome] = [:]
  var submitted = 0
  var deadlineMilliseconds = 10_000
  var violations: [String] = []
  var falseDeaths = 0
  var events = 0

  init(_ scenario: Scenario, sabotage: Sabotage? = nil) throws {
    self.scenario = scenario
    self.sabotage = sabotage
    random = SeededGenerator(seed: scenario.seed)
    let plan = scenario.plan(&random)
    network = plan.network
    facts = PlanFacts(plan, digest: PlanDigest(bytes: [UInt8](repeating: 7, count: 32))!)
    loss = 0
    let known = (0..<scenario.clientsGateways).map { World.address($0) }
    session = ClientSession(client: scenario.seed | 1, gateways: known, plan: nil, now: .zero)
    for index in 0..<scenario.seats {
      boards.append(Board(mind: nil, symbolic: SymbolicBoard(facts: facts, seat: index)))
      try start(index)
    }
  }

  static func address(_ board: Int) -> String { "10.0.0.\(board + 1):7400" }
  static func agent(_ board: Int) -> AgentID { AgentID(high: 0xED6E, low: UInt64(board + 1)) }
  static func board(_ address: String) -> Int? { (0..<64).first { World.address($0) == address } }
  static func board(_ agent: AgentID) -> Int { Int(agent.low) - 1 }

  mutating func start(_ index: Int) throws {
    boards[index].incarnation += 1
    let member = try Member(
      id: World.agent(index), incarnation: boards[index].incarnation, address: World.address(index),
      name: "board\(index)")
    let seeds = boards.indices.filter { $0 != index }.map { World.address($0) } + [World.address(0)]
    let membership = try Membership(me: member, seeds: seeds, seed: random.next(), now: now)
    boards[index].mind = AgentMind(membership: membership, now: now)
    boards[index].symbolic = SymbolicBoard(facts: facts, seat: index)
    boards[index].workerFree = now
    boards[index].pausedUntil = nil
    boards[index].timer = nil
    queue.push(.ready(board: index, incarnation: boards[index].incarnation), at: now.advanced(milliseconds: 50))
    input(.timer, to: index)
  }

  // MARK: Time

  /// Runs until `end`, or until `isDone` holds.
  mutating func run(until end: Timestamp, isDone: (World) -> Bool = { _ in false }) throws {
    while let next = queue.nextTime, next <= end, !isDone(self) {
      let (time, happening) = queue.pop()
      now = max(now, time)
      events += 1
      if events > 2_000_000 { return violations.append("the run does not end") }
      try happen(happening)
    }
    if !isDone(self) { now = max(now, end) }
  }

  private mutating func happen(_ happening: Happening) throws {
    switch happening {
    case .frame(let frame, let buffer, let board, _):
      guard isRunning(board, or: happening) else { return }
      let handle = buffer.map { boards[board].symbolic.keep($0) }
      input(.frame(frame, buffer: handle), to: board)
    case .toGateway(let frame, let buffer, let board):
      guard isRunning(board, or: happening) else { return }
      let handle = buffer.map { boards[board].symbolic.keep($0) }
      input(.client(frame, route: ClientRoute(1), buffer: handle), to: board)
    case .toClient(let reply, let buffer, let board): receive(reply, buffer, from: board)
    case .workDone(let attempt, let unit, let buffer, let board, let incarnation):
      guard boards[board].incarnation == incarnation, isRunning(board, or: happening) else { return }
      finishWork(attempt, unit, buffer, board)
    case .ready(let board, let incarnation):
      guard boards[board].incarnation == incarnation, isRunning(board, or: happening) else { return }
      input(.holdingReady(HeldPlan(facts: facts, generation: 1, seat: board, network: network)), to: board)
    case .timer(let board):
      guard let due = boards[board].timer, now >= due, isRunning(board, or: happening) else { return }
      boards[board].timer = nil
      input(.timer, to: board)
    case .clientTimer: client(session.timer(now: now))
    case .crash(let board):
      boards[board].mind = nil
      boards[board].pausedUntil = nil
    case .restart(let board): if boards[board].mind == nil { try start(board) }
    case .pause(let board, let until): if boards[board].mind != nil { boards[board].pausedUntil = until }
    case .resume(let board):
      if let until = boards[board].pausedUntil, now >= until {
        boards[board].pausedUntil = nil
        input(.timer, to: board)
      }
    }
  }

  /// Whether the board takes input now; what reaches a paused one waits, what reaches a dead one is gone.
  private mutating func isRunning(_ board: Int, or happening: Happening) -> Bool {
    guard boards[board].mind != nil else { return false }
    guard let until = boards[board].pausedUntil else { return true }
    queue.push(happening, at: until)
    return false
  }

  // MARK: The mind and its effects

  mutating func input(_ input: Input, to board: Int) {
    guard let effects = boards[board].mind?.step(input, now: now) else { return }
    for effect in effects { carryOut(effect, board) }
    violations += boards[board].symbolic.violations
    boards[board].symbolic.violations = []
    guard let next = boards[board].mind?.nextDeadline else { return }
    if boards[board].timer.map({ next < $0 }) ?? true {
      boards[board].timer = next
      queue.push(.timer(board: board), at: max(next, now))
    }
  }

  private mutating func carryOut(_ effect: Mesh.Effect, _ board: Int) {
    switch effect {
    case .send(let frame, let payload, let agent):
      send(frame, payload.flatMap { boards[board].symbolic.buffers[$0.buffer] }, board, World.board(agent))
    case .sendControl(let frame, let address):
      if let target = World.board(address) { send(frame, nil, board, target) }
    case .reply(let reply, let payload, _): replyToClient(reply, payload, from: board)
    case .open(let attempt, _, _): boards[board].symbolic.open(attempt)
    case .placeInput(let attempt, let input, let offset, let handle):
      boards[board].symbolic.placeInput(attempt, input: input, offset: offset, handle)
    case .place(let attempt, let unit, let holder, let offset, let handle):
      if sabotage == .rowsTakenTwice, let copy = boards[board].symbolic.buffers[handle] {
        let second = boards[board].symbolic.keep(copy)
        boards[board].symbolic.place(attempt, unit, holder: holder, offset: offset, second)
      }
      boards[board].symbolic.place(attempt, unit, holder: holder, offset: offset, handle)
    case .fill(let attempt, let stage, _, let rows, _): boards[board].symbolic.fill(attempt, stage: stage, rows: rows)
    case .compute(let attempt, let unit, let placing): work(attempt, unit, placing: placing, board)
    case .computeTail(let attempt): work(attempt, nil, placing: false, board)
    case .close(let attempt): boards[board].symbolic.workspaces[attempt] = nil
    case .release(let handle): boards[board].symbolic.release(handle)
    case .connect, .disconnect: break
    case .record(let record):
      if case .memberChanged(let change) = record, change.to == .dead {
        let subject = boards[World.board(change.agent)]
        if subject.mind != nil, subject.pausedUntil == nil { falseDeaths += 1 }
      }
    }
  }

  private mutating func send(_ frame: Frame, _ buffer: SymbolicBuffer?, _ from: Int, _ to: Int) {
    guard boards.indices.contains(to) else { return violations.append("a frame to an unknown agent") }
    // The codec is on the way: what is sent is what decodes.
    do {
      let bytes = FrameCodec.encode(frame)
      let payload = if case .chunk(let chunk) = frame.body { chunk.length } else { 0 }
      let (decoded, _) = try FrameCodec.decode(bytes.span, frameLength: bytes.count + payload)
      if decoded != frame { violations.append("a frame changed on the wire: \(frame)") }
    } catch {
      violations.append("a frame does not decode: \(error)")
    }
    guard random.unit() >= loss else { return }
    let isTensor = if case .membership = frame.body { false } else { true }
    let key = (from << 16) | (to << 1) | (isTensor ? 1 : 0)
    queue.push(.frame(frame, buffer, to: to, incarnation: nil), at: arrival(key))
  }

  /// In order a connection, each frame delayed by a base and an exponential tail.
  private mutating func arrival(_ connection: Int) -> Timestamp {
    let tail = min(8, -log(1 - random.unit())) * Double(scenario.delayTailMicroseconds)
    let delay = TimeSpan.microseconds(Int64(scenario.delayMicroseconds) + Int64(tail))
    let time = max(now + delay, lastDelivery[connection] ?? .zero)
    lastDelivery[connection] = time
    return time
  }

  /// The worker takes its work in order: what was placed before goes in, what comes after does not.
  private mutating func work(_ attempt: AttemptID, _ unit: WorkUnit?, placing: Bool, _ board: Int) {
    let result =
      if let unit { boards[board].symbolic.compute(attempt, unit, placing: placing) } else {
        boards[board].symbolic.computeTail(attempt)
      }
    guard let result else { return }
    let duration = TimeSpan.microseconds(Int64(200 + random.below(3_000)))
    let done = max(now, boards[board].workerFree) + duration
    boards[board].workerFree = done
    queue.push(
      .workDone(attempt, unit, result, board: board, incarnation: boards[board].incarnation), at: done)
  }

  private mutating func finishWork(_ attempt: AttemptID, _ unit: WorkUnit?, _ buffer: BufferHandle, _ board: Int) {
    if let unit {
      input(.computed(attempt, unit, buffer: buffer, microseconds: 100), to: board)
    } else {
      input(.tailComputed(attempt, buffer: buffer, microseconds: 100), to: board)
    }
  }

  // MARK: The client

  mutating func submit() {
    submitted += 1
    let (id, effects) = session.submit(
      inputBytes: facts.inputBytes, deadlineMilliseconds: deadlineMilliseconds, now: now)
    deadlines[id] = now.advanced(milliseconds: deadlineMilliseconds)
    client(effects)
  }

  mutating func client(_ effects: [ClientSession.Effect]) {
    for effect in effects {
      switch effect {
      case .send(let frame, let range, let address):
        guard let board = World.board(address), random.unit() >= loss else { continue }
        queue.push(.toGateway(frame, range == nil ? nil : .input, board: board), at: arrival(0x7000_0000 | board))
      case .deliver(let id, let outcome, let parts, _, _): deliver(id, outcome, parts)
      case .release(let handle): clientBuffers[handle] = nil
      case .gatewayChanged: break
      }
    }
    if let next = session.nextDeadline { queue.push(.clientTimer, at: max(next, now)) }
  }

  private mutating func replyToClient(_ reply: ClientReply, _ payload: Payload?, from board: Int) {
    var reply = reply
    if case .outcome(var outcome) = reply {
      if sabotage == .outcomeDropped, outcome.request.number % 3 == 2 { return }
      if sabotage == .labelLeftClean {
        outcome.outcome.kind = .complete
        reply = .outcome(outcome)
      }
    }
    guard random.unit() >= loss else { return }
    let buffer = payload.flatMap { boards[board].symbolic.buffers[$0.buffer] }
    queue.push(.toClient(reply, buffer, from: board), at: arrival(0x7100_0000 | board))
  }

  private mutating func receive(_ reply: ClientReply, _ buffer: SymbolicBuffer?, from board: Int) {
    var handle: BufferHandle?
    if case .output(let taint) = buffer {
      handle = BufferHandle(nextClientBuffer)
      nextClientBuffer += 1
      clientBuffers[BufferHandle(nextClientBuffer - 1)] = taint
    }
    client(session.receive(reply, from: World.address(board), buffer: handle, now: now))
  }

  private mutating func deliver(_ id: RequestID, _ outcome: Outcome, _ parts: [BufferHandle]) {
    if outcomes[id] != nil { violations.append("request \(id) ended twice") }
    outcomes[id] = outcome
    if let deadline = deadlines[id], now > deadline.advanced(milliseconds: Limits.outcomeGraceMilliseconds) {
      violations.append("request \(id) ended \(now.milliseconds(since: deadline)) ms after its deadline")
    }
    for part in parts {
      if let truth = clientBuffers.removeValue(forKey: part) { check(outcome, against: truth, id) }
    }
    if outcome.kind.hasOutputs, parts.isEmpty { violations.append("request \(id) answered without outputs") }
  }

  /// The label against the truth that the rows themselves carry.
  private mutating func check(_ outcome: Outcome, against truth: Taint, _ id: RequestID) {
    // A slice of several chunks that broke off may have tainted more than the rows show at the end; never less.
    let isExact = facts.stages.allSatisfy { $0.bytesPerRow < 1_000 }
    if outcome.kind == .complete ? !truth.isEmpty : isExact && truth.isEmpty {
      violations.append("request \(id) is labelled \(outcome.kind), yet \(truth.count) rows were filled")
    }
    var lost = SeatMask()
    for key in truth {
      let stage = key >> 20
      let row = key & 0xFFFFF
      if let owner = facts.stages[stage].ownRows.firstIndex(where: { $0.contains(row) }) { lost.insert(owner) }
    }
    if isExact ? lost != outcome.lostSeats : lost.bits & ~outcome.lostSeats.bits != 0 {
      violations.append("request \(id) names lost seats \(outcome.lostSeats.seats), the truth is \(lost.seats)")
    }
    if (isExact && outcome.zeroRows > truth.count) || (isExact && (outcome.zeroRows == 0) != truth.isEmpty) {
      violations.append("request \(id) counts \(outcome.zeroRows) zero rows, the truth is \(truth.count)")
    }
  }
}
