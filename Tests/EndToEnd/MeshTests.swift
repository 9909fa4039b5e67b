import Execution
import Foundation
import Mesh
import Pictures
import Plans
import Runtime
import Tensors
import Testing

@testable import edgemesh

/// Four agents as processes, a stream of requests through `edgemesh infer`, and what may befall them.
@Suite("Mesh of processes", .serialized)
struct MeshTests {
  static let seats = 4
  /// Past a request's deadline its outcome is at most so late.
  static let graceMilliseconds = 1_000.0

  private let mesh: ProcessMesh
  private let plan: String

  init() throws {
    mesh = try ProcessMesh(agents: Self.seats)
    let network = try TestNetwork.write(to: mesh.scratch)
    plan = try mesh.deploy(network, options: ["--preprocess", "unit"])
  }

  /// Every frame has one outcome, in time, and none was refused or failed.
  private func expectOneOutcomeEach(
    _ outcomes: [OutcomeLine], sent: Int, deadlineMilliseconds: Double = 10_000,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      outcomes.map(\.input).sorted() == (0..<sent).map { "frame-\($0 + 1)" }.sorted(), sourceLocation: sourceLocation)
    for line in outcomes {
      #expect(
        line.latencyMilliseconds <= deadlineMilliseconds + Self.graceMilliseconds, "\(line)",
        sourceLocation: sourceLocation)
      #expect(["complete", "degraded"].contains(line.outcome), "\(line)", sourceLocation: sourceLocation)
    }
  }

  @Test func everyAnswerEqualsTheWholeNetworks() throws {
    let reference = try Reference(plan: plan)
    let results = try mesh.scratch.file("results")
    for gateway in 0..<Self.seats {
      let feed = try FrameFeed(to: mesh.to(first: gateway), options: ["--output", results, "--in-flight", "3"])
      for _ in 0..<12 { try feed.send() }
      let (ending, outcomes) = try feed.finish()
      #expect(ending == .exited(0))
      expectOneOutcomeEach(outcomes, sent: 12)
      for line in outcomes {
        #expect(line.outcome == "complete")
        #expect(line.seats.answered == Array(0..<Self.seats))
        #expect(line.seats.lost.isEmpty)
        #expect(line.exit == "end")
        #expect(line.fills["zero"] == 0)
      }
      for number in 1...12 {
        let output = try NPY.read("\(results)/frame-\(number).npy").elements
        #expect(Reference.areEqual(output, try reference.answer(frame: number)), "frame \(number)")
      }
    }
    #expect(try mesh.status(0).members.allSatisfy { $0.claims.count == 1 })
  }

  /// The agent with seat 0 is the gateway.
  @Test(arguments: 0..<seats)
  func aKilledAgentCostsNoRequest(victim: Int) throws {
    let reference = try Reference(plan: plan)
    let results = try mesh.scratch.file("results")
    let feed = try FrameFeed(to: mesh.to(first: 0), options: ["--output", results])
    try feed.send(10)
    let incarnation = try mesh.status(victim).incarnation

    // A request is under way when the power goes.
    try feed.send()
    mesh.kill(victim)
    _ = try feed.waitForLast()
    try feed.sendUntil("a degraded answer") { $0.outcome == "degraded" }
    let firstDegraded = feed.sent + 1
    try feed.send(10)
    let lastDegraded = feed.sent

    try mesh.restart(victim)
    try mesh.waitUntilReady(victim)
    let readyAt = ContinuousClock.now
    try feed.sendUntil("a complete answer") { $0.outcome == "complete" }
    #expect(ContinuousClock.now - readyAt < .seconds(1))
    #expect(try mesh.status(victim).incarnation == incarnation + 1)
    try feed.send(10)

    let (ending, outcomes) = try feed.finish()
    #expect(ending == .exited(0))
    expectOneOutcomeEach(outcomes, sent: feed.sent)
    let byNumber = Dictionary(outcomes.map { ($0.input, $0) }) { first, _ in first }
    for number in 1...10 { #expect(byNumber["frame-\(number)"]?.outcome == "complete") }
    for number in firstDegraded...lastDegraded {
      let line = try #require(byNumber["frame-\(number)"])
      let local = try reference.answer(frame: number, losing: victim)
      #expect(line.outcome == "degraded")
      #expect(line.seats.lost == [victim])
      #expect(line.seats.answered == (0..<Self.seats).filter { $0 != victim })
      try expectLabel(line, local)
      let output = try NPY.read("\(results)/frame-\(number).npy").elements
      #expect(Reference.areEqual(output, local.outputs[0].elements), "frame \(number)")
    }
    for number in feed.sent - 9...feed.sent { #expect(byNumber["frame-\(number)"]?.outcome == "complete") }
  }

  /// The shares of rows that the label gives for each kind of fill.
  private func expectLabel(_ line: OutcomeLine, _ local: LocalAnswer) throws {
    for (kind, share) in try local.shares(of: plan) {
      #expect(abs((line.fills[kind.rawValue] ?? -1) - share) < 1e-6, "\(kind): \(line.fills) against \(share)")
    }
  }

  @Test func aSilentAgentCountsAgainWithoutARestart() throws {
    let victim = 1
    let feed = try FrameFeed(to: mesh.to(first: 0))
    try feed.send(5)
    mesh.agents[victim].process.send(signal: SIGSTOP)
    try feed.sendUntil("a degraded answer") { $0.outcome == "degraded" && $0.seats.lost == [victim] }
    try eventually("agent \(victim) is held for dead") {
      try mesh.status(0).members.contains { $0.name == "agent-\(victim)" && $0.state == "dead" }
    }
    try feed.send(5)
    mesh.agents[victim].process.send(signal: SIGCONT)
    try feed.sendUntil("a complete answer") { $0.outcome == "complete" }
    try feed.send(5)
    let (ending, outcomes) = try feed.finish()
    #expect(ending == .exited(0))
    expectOneOutcomeEach(outcomes, sent: feed.sent)
    #expect(outcomes.suffix(5).allSatisfy { $0.outcome == "complete" })
    #expect(try mesh.status(victim).incarnation == 1)
  }

  @Test func hostileBytesChangeNothing() throws {
    let requester: [UInt8] = [0, 0x53, 0x50, 0, 0, 0x30, 0, 0]
    let pusher: [UInt8] = [0, 0x53, 0x50, 0, 0, 0x50, 0, 0]
    for agent in mesh.agents {
      for (service, greeting) in zip(Endpoint.Service.allCases, [requester, pusher, pusher]) {
        let port = agent.endpoint.port + service.rawValue
        let garbage = try RawConnection(port: port)
        garbage.write([UInt8](repeating: 0xA5, count: 16))
        #expect(garbage.isClosedByPeer())
        // A sound greeting, then a frame that says it has 1 GiB, and one of 16 bytes that is no frame of ours.
        let long = try RawConnection(port: port)
        long.write(greeting + [0, 0, 0, 0, 0x40, 0, 0, 0] + [UInt8](repeating: 1, count: 64))
        #expect(long.isClosedByPeer())
        let short = try RawConnection(port: port)
        short.write(greeting + [0, 0, 0, 0, 0, 0, 0, 16] + (0..<16).map { UInt8($0) })
        _ = short
      }
    }
    let feed = try FrameFeed(to: mesh.to(first: 0))
    try feed.send(3)
    let (ending, outcomes) = try feed.finish()
    #expect(ending == .exited(0))
    #expect(outcomes.allSatisfy { $0.outcome == "complete" })
    try mesh.expectAllAlive()
  }

  @Test func aBrokenPictureEndsTheStreamButNoRequestIsLost() throws {
    let good = try mesh.scratch.file("1.ppm", Array("P6 32 32 255\n".utf8) + TestNetwork.frame(1))
    let broken = try mesh.scratch.file("2.ppm", Array("P6 32 32 255\nshort".utf8))
    let result = try Executable.run(["infer", "--to", mesh.to, "--json", good, good, broken, good])
    #expect(result.status == ExitCode.badData.rawValue)
    #expect(result.errorLines.count == 1, "\(result.errors)")
    #expect(result.errors.contains(broken))
    #expect(try OutcomeLine.all(in: result.output).map(\.outcome) == ["complete", "complete"])
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func anInterruptLosesNoRequest(signal: Int32) throws {
    let feed = try FrameFeed(to: mesh.to)
    try feed.send(5)
    feed.process.send(signal: signal)
    #expect(feed.process.wait(atMost: .seconds(15)) == .exited(0))
    #expect(try feed.outcomes().count == 5)
    #expect(try feed.summary()?.contains("\"requests\":5,") == true)
  }

  /// The board that the client asks has no seat.
  @Test func anAgentWithoutASeatPassesRequestsOn() throws {
    let state = try mesh.scratch.file("state-guest")
    let guest = try AgentProcess(
      program: Executable.path(), name: "guest", seeds: [mesh.agents[0].endpoint], state: state,
      files: try mesh.scratch.file("guest"))
    defer { guest.process.end() }
    try eventually("the guest knows all") {
      let status = try AdminClient(to: guest.endpoint, timeoutMilliseconds: 10_000).status()
      return status.members.count { $0.state == "alive" && !$0.claims.isEmpty } == Self.seats
    }
    let feed = try FrameFeed(to: guest.endpoint.description)
    try feed.send(5)
    let (ending, outcomes) = try feed.finish()
    #expect(ending == .exited(0))
    #expect(outcomes.map(\.outcome) == [String](repeating: "complete", count: 5))
  }

  @Test func theDeadlineIsKeptWhenNobodyAnswers() throws {
    let feed = try FrameFeed(to: mesh.to(first: 0), options: ["--deadline", "500ms"])
    try feed.send(3)
    for agent in mesh.agents { agent.process.send(signal: SIGSTOP) }
    try feed.send()
    let failed = try feed.waitForLast()
    #expect(failed.outcome == "failed")
    #expect(failed.reason?.isEmpty == false)
    #expect(failed.exit == nil)
    #expect((500...500 + Self.graceMilliseconds).contains(failed.latencyMilliseconds), "\(failed)")
    for agent in mesh.agents { agent.process.send(signal: SIGCONT) }
    try feed.sendUntil("a complete answer") { $0.outcome == "complete" }
    let (ending, outcomes) = try feed.finish()
    #expect(ending == .exited(ExitCode.unanswered.rawValue))
    #expect(outcomes.count == feed.sent)
  }

  @Test func agentsLeaveInOrder() throws {
    let leaver = mesh.agents[3]
    leaver.process.send(signal: SIGTERM)
    #expect(leaver.process.wait(atMost: .seconds(5)) == .exited(0))
    try eventually("the others have heard") {
      try mesh.status(0).members.contains { $0.name == "agent-3" && $0.state == "left" }
    }
  }

  @Test func aFullDiskIsNamed() throws {
    // The shell's limit on a file's size is in blocks of 512 bytes or 1 KiB; the shard has several hundred KiB.
    let scratch = try Scratch()
    let agent = try AgentProcess(
      program: "/bin/sh", name: "full", seeds: [], state: try scratch.file("state"), files: try scratch.file("full"),
      before: ["-c", "ulimit -f 64; exec \"$0\" \"$@\"", try Executable.path()])
    let network = try TestNetwork.write(to: scratch)
    let file = try scratch.file("plan.json")
    #expect(try Executable.run(["plan", network, "--seats", "1", "-o", file]).status == 0)
    let result = try Executable.run(["deploy", network, file, "--to", agent.endpoint.description])
    #expect(result.status == ExitCode.unavailable.rawValue)
    #expect(result.errorLines.count == 1, "\(result.errors)")
    #expect(result.errors.contains("full"), "\(result.errors)")
    #expect(try AdminClient(to: agent.endpoint, timeoutMilliseconds: 5_000).status().plans.isEmpty)
    #expect(agent.process.end() == .exited(0))
  }
}
