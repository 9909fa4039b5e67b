import Foundation
import Membership
import Mesh
import Testing

@Suite struct SimulationTests {
  /// How many seeds run here; `EDGEMESH_SIMULATION_SEEDS` asks for more.
  static let count = ProcessInfo.processInfo.environment["EDGEMESH_SIMULATION_SEEDS"].flatMap(Int.init) ?? 400
  static let first = ProcessInfo.processInfo.environment["EDGEMESH_SIMULATION_FIRST"].flatMap(UInt64.init) ?? 1

  @Test func promisesHoldUnderDrawnFaults() throws {
    var events = 0
    for seed in Self.first..<(Self.first + UInt64(Self.count)) {
      let scenario = Scenario.drawn(seed: seed)
      let world = try Simulation.run(scenario)
      events += world.events
      #expect(
        world.violations.isEmpty,
        "\(scenario)\n\(world.violations.prefix(5).joined(separator: "\n"))\nreplay: EDGEMESH_SIMULATION_FIRST=\(seed) EDGEMESH_SIMULATION_SEEDS=1"
      )
    }
    #expect(events > Self.count * 100)
  }

  @Test(arguments: World.Sabotage.allCases)
  func plantedBugIsCaught(_ sabotage: World.Sabotage) throws {
    var caughtAfter: Int?
    for seed in UInt64(1)...100 {
      if try !Simulation.run(Scenario.drawn(seed: seed), sabotage: sabotage).violations.isEmpty {
        caughtAfter = Int(seed)
        break
      }
    }
    print("planted \(sabotage): caught in run \(caughtAfter.map(String.init) ?? "-")")
    #expect(caughtAfter != nil, "\(sabotage) went unnoticed in 100 runs")
  }

  @Test func sameSeedGivesSameRun() throws {
    let scenario = Scenario.drawn(seed: 77)
    let first = try Simulation.run(scenario)
    let second = try Simulation.run(scenario)
    #expect(first.events == second.events)
    #expect(first.outcomes == second.outcomes)
  }
}

/// One run in two phases: a stream under faults, then healing and convergence.
enum Simulation {
  static func run(_ scenario: Scenario, sabotage: World.Sabotage? = nil) throws -> World {
    var world = try World(scenario, sabotage: sabotage)
    try world.run(until: Timestamp.zero.advanced(milliseconds: 3_000))
    world.loss = scenario.loss
    scheduleFaults(&world)
    try stream(&world, requests: scenario.requests)

    // Heal: nothing is lost any more and every board is back; then every answer is whole again.
    world.loss = 0
    for board in world.boards.indices {
      world.queue.push(.restart(board: board), at: world.now)
      world.queue.push(.resume(board: board), at: world.now.advanced(milliseconds: 4_000))
    }
    try world.run(until: world.now.advanced(milliseconds: 15_000))
    let before = Set(world.outcomes.keys)
    try stream(&world, requests: 3)
    for (id, outcome) in world.outcomes.sorted(by: { $0.key < $1.key })
    where !before.contains(id) && outcome.kind != .complete {
      world.violations.append("after healing, request \(id) ended \(outcome.kind): \(outcome.reason)")
    }
    try settle(&world)
    checkFaultFree(&world)
    checkAnswered(&world)
    return world
  }

  private static func scheduleFaults(_ world: inout World) {
    let scenario = world.scenario
    for _ in 0..<scenario.crashes {
      let board = world.random.below(scenario.seats)
      let time = world.now.advanced(milliseconds: world.random.below(2_000))
      world.queue.push(.crash(board: board), at: time)
      world.queue.push(.restart(board: board), at: time.advanced(milliseconds: 200 + world.random.below(3_000)))
    }
    for _ in 0..<scenario.pauses {
      let board = world.random.below(scenario.seats)
      let time = world.now.advanced(milliseconds: world.random.below(2_000))
      let until = time.advanced(milliseconds: 100 + world.random.below(3_000))
      world.queue.push(.pause(board: board, until: until), at: time)
      world.queue.push(.resume(board: board), at: until)
    }
  }

  private static func stream(_ world: inout World, requests: Int) throws {
    let goal = world.outcomes.count + requests
    var left = requests
    let end = world.now.advanced(milliseconds: 200_000)
    while world.outcomes.count < goal, world.now < end {
      while left > 0, world.session.inFlight < world.scenario.window {
        world.submit()
        left -= 1
      }
      let answered = world.outcomes.count
      try world.run(until: end) { $0.outcomes.count > answered }
      if world.now >= end { world.violations.append("requests without an outcome") }
    }
  }

  /// Everything that was kept for a request is given back.
  private static func settle(_ world: inout World) throws {
    try world.run(until: world.now.advanced(milliseconds: 30_000))
    for (index, board) in world.boards.enumerated() where board.mind != nil {
      if !board.symbolic.workspaces.isEmpty { world.violations.append("board \(index) keeps attempts for ever") }
      if !board.symbolic.buffers.isEmpty {
        world.violations.append("board \(index) keeps \(board.symbolic.buffers.count) buffers for ever")
      }
    }
  }

  /// Where boards only crash and come back, one of them is always there: then nothing is refused or fails.
  private static func checkAnswered(_ world: inout World) {
    let scenario = world.scenario
    guard scenario.loss == 0, scenario.pauses == 0, scenario.clientsGateways > scenario.crashes else { return }
    for (id, outcome) in world.outcomes.sorted(by: { $0.key < $1.key }) where !outcome.kind.hasOutputs {
      world.violations.append("though a gateway lives, request \(id) ended \(outcome.kind): \(outcome.reason)")
    }
  }

  private static func checkFaultFree(_ world: inout World) {
    guard world.scenario.isFaultFree else { return }
    if world.falseDeaths > 0 { world.violations.append("\(world.falseDeaths) false deaths without a fault") }
    for (id, outcome) in world.outcomes.sorted(by: { $0.key < $1.key }) where outcome.kind != .complete {
      world.violations.append("without a fault, request \(id) ended \(outcome.kind): \(outcome.reason)")
    }
  }
}
