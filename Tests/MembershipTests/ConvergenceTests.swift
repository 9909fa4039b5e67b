import Membership
import Testing

/// Everyone comes to know everyone, and nobody is accused without a fault.
@Suite struct ConvergenceTests {
  @Test(arguments: [2, 4, 16, 40])
  func aMeshFormsThroughOneSeed(count: Int) {
    for seed in 1...UInt64(count > 16 ? 3 : 20) {
      var simulator = Simulator(seed: seed, count: count)
      let time = simulator.run(atMost: .seconds(5)) { $0.isConverged }
      #expect((time ?? .seconds(9)) < .milliseconds(500), "seed \(seed): \(time?.description ?? "never")")
      for index in 1..<count {
        let joined = simulator.notes.filter { $0.machine == index && $0.effect.isJoined }
        #expect(joined.count == 1, "seed \(seed), machine \(index)")
      }
    }
  }

  /// No agent is the first: all may wait for others' seeds, some of which do not exist or are their own.
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func aMeshFormsFromAChainOfSeeds(seed: UInt64) {
    var simulator = Simulator(seed: seed)
    let count = 6
    for index in 0..<count {
      simulator.add(seeds: ["nowhere:1", Simulator.address(index), Simulator.address((index + 1) % count)])
    }
    // In any order, over three seconds.
    var order = Array(0..<count)
    var generator = SeededGenerator(seed: seed)
    generator.shuffle(&order)
    for index in order {
      simulator.start(index)
      simulator.run(for: .milliseconds(500))
    }
    let time = simulator.run(atMost: .seconds(12), grain: .milliseconds(10)) { $0.isConverged }
    #expect(time != nil, "seed \(seed)")
  }

  /// Two pairs that formed apart meet, as one's seed comes up late.
  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func meshesThatFormedApartMerge(seed: UInt64) {
    var simulator = Simulator(seed: seed)
    simulator.add(seeds: [Simulator.address(2)])
    simulator.add(seeds: [Simulator.address(0)])
    simulator.add(seeds: [])
    simulator.add(seeds: [Simulator.address(2)])
    for index in [0, 1] { simulator.start(index) }
    simulator.run(for: .seconds(3))
    for index in [2, 3] { simulator.start(index) }
    let time = simulator.run(atMost: .seconds(7), grain: .milliseconds(10)) { $0.isConverged }
    #expect(time != nil, "seed \(seed)")
  }

  @Test(arguments: [(2, 20), (8, 20), (16, 10)])
  func nobodyIsAccusedWithoutAFault(_ row: (count: Int, seconds: Int64)) {
    for seed in 1...3 as ClosedRange<UInt64> {
      var simulator = Simulator(seed: seed, count: row.count)
      simulator.run(for: .seconds(row.seconds))
      let accusations = simulator.changes.filter { $0.member.state != .alive }
      #expect(accusations.isEmpty, "seed \(seed)")
      #expect(simulator.isConverged, "seed \(seed)")
      for index in 0..<row.count { #expect(simulator.machines[index].mind?.healthMultiplier == 1) }
    }
  }

  @Test(arguments: [4, 16])
  func fewAreWronglyBuriedUnderLoss(count: Int) {
    var options = Simulator.Options()
    options.loss = 0.05
    var deaths = 0
    for seed in 1...4 as ClosedRange<UInt64> {
      var simulator = Simulator(seed: seed, count: count, options: options)
      simulator.run(for: .seconds(10))
      deaths += simulator.deaths().count
      simulator.options.loss = 0
      #expect(simulator.run(atMost: .seconds(3), grain: .milliseconds(10)) { $0.isConverged } != nil, "seed \(seed)")
    }
    #expect(deaths == 0, "in 40 s of \(count) machines with 5 % loss")
  }

  /// Messages an agent sends a second do not grow with the mesh.
  @Test func trafficDoesNotGrowWithTheMesh() {
    var rates: [Double] = []
    for count in [4, 16, 48] {
      var simulator = Simulator(seed: 5, count: count)
      simulator.run(for: .seconds(3))
      let before = simulator.messages
      simulator.run(for: .seconds(5))
      rates.append(Double(simulator.messages - before) / Double(5 * count))
    }
    #expect(rates.allSatisfy { (50...66).contains($0) }, "messages a second and agent: \(rates)")
  }

  @Test func oneSeedGivesOneRun() {
    func record(_ seed: UInt64) -> [String] {
      var options = Simulator.Options()
      options.loss = 0.1
      var simulator = Simulator(seed: seed, count: 7, options: options)
      simulator.run(for: .seconds(2))
      simulator.crash(3)
      simulator.run(for: .seconds(2))
      return simulator.changes.map { "\($0.at) \($0.machine) \($0.member.id) \($0.member.state)" }
    }
    #expect(record(11) == record(11))
    #expect(record(11) != record(12))
  }
}

extension Effect {
  var isJoined: Bool {
    if case .joined = self { return true }
    return false
  }
}
