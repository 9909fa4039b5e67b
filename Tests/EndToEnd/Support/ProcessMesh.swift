import Foundation
import Mesh
import Networks
import Plans
import Runtime
import Testing

@testable import edgemesh

/// Agents as processes of their own, which end with the value.
final class ProcessMesh {
  let scratch: Scratch
  private(set) var agents: [AgentProcess] = []
  private var starts = 0

  /// Starts `count` agents that know each other. `options` go to every one of them.
  init(agents count: Int, options: [String] = []) throws {
    scratch = try Scratch()
    for index in 0..<count {
      agents.append(try start(index, seeds: agents.map(\.endpoint), listen: nil, options: options))
    }
    for index in 0..<count {
      try eventually("agent \(index) knows all others") {
        try status(index).members.count(where: { $0.state == "alive" }) == count
      }
    }
  }

  deinit { for agent in agents { agent.process.end() } }

  private func start(_ index: Int, seeds: [Endpoint], listen: Endpoint?, options: [String]) throws -> AgentProcess {
    starts += 1
    return try AgentProcess(
      program: Executable.path(), name: "agent-\(index)", seeds: seeds, listen: listen,
      state: try scratch.file("state-\(index)"), files: try scratch.file("agent-\(index).\(starts)"), options: options)
  }

  var to: String { agents.map(\.endpoint.description).joined(separator: ",") }

  /// The addresses with `first` before all others.
  func to(first: Int) -> String {
    let order = [first] + agents.indices.filter { $0 != first }
    return order.map { agents[$0].endpoint.description }.joined(separator: ",")
  }

  func status(_ index: Int) throws -> AgentStatus {
    try AdminClient(to: agents[index].endpoint, timeoutMilliseconds: 10_000).status()
  }

  func kill(_ index: Int) {
    agents[index].process.send(signal: SIGKILL)
    #expect(agents[index].process.wait(atMost: .seconds(10)) == .killed(signal: SIGKILL))
  }

  /// Starts a killed agent again, where it was.
  func restart(_ index: Int) throws {
    let others = agents.indices.filter { $0 != index }.map { agents[$0].endpoint }
    agents[index] = try start(index, seeds: others, listen: agents[index].endpoint, options: [])
  }

  /// Waits until the agent reports that it holds a seat and is ready.
  func waitUntilReady(_ index: Int) throws {
    try eventually("agent \(index) is ready") { try status(index).plans.first?.state == .ready }
  }

  /// Plans for all agents and deploys, seat i to agent i.
  func deploy(_ network: String, options: [String] = [], planOptions: [String] = []) throws -> String {
    let plan = try scratch.file("plan.json")
    let planned = try Executable.run(
      ["plan", network, "--seats", "\(agents.count)", "-o", plan] + planOptions)
    try #require(planned.status == 0, "\(planned.errors)")
    let pins = agents.indices.flatMap { ["--seat", "\($0)=agent-\($0)"] }
    let deployed = try Executable.run(["deploy", network, plan, "--to", to] + pins + options)
    try #require(deployed.status == 0, "\(deployed.errors)")
    return plan
  }

  /// Every agent still runs and answers.
  func expectAllAlive() throws {
    for index in agents.indices {
      #expect(agents[index].process.poll() == nil, "agent \(index) has ended")
      #expect(try status(index).members.count(where: { $0.state == "alive" }) == agents.count)
    }
  }
}

/// A network of the usual kind as a file.
enum TestNetwork {
  static func write(to scratch: Scratch, name: String = "network.onnx", seed: UInt64 = 1) throws -> String {
    try scratch.file(name, try ExampleNetworks.small(seed: seed).onnx())
  }

  /// Bytes of one raw frame that the network takes, different for each number.
  static func frame(_ number: Int) -> [UInt8] {
    var random = SeededGenerator(seed: UInt64(number) + 77)
    return (0..<32 * 32 * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }
}
