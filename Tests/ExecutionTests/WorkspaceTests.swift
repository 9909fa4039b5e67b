import Networks
import Planning
import Plans
import Tensors
import Testing

@testable import Execution

struct WorkspaceTests {
  /// Runs a seat's slice with inputs that arrive in pieces of any size, in any order.
  @Test(arguments: UInt64(1)...4)
  func piecesOfAnySizeMakeTheWhole(seed: UInt64) throws {
    for network in [try ExampleNetworks.convNeXt(), try ExampleNetworks.residualWithProjection()] {
      let fixture = try Fixture(network, seats: 2, strategy: "lop", seed: seed)
      var random = SeededGenerator(seed: seed)
      let spaces = fixture.programs.map { Workspace($0) }
      for space in spaces {
        for (index, input) in fixture.inputs.enumerated() {
          let bytes = SliceBytes(rows: [0], elements: input)
          try deliver(bytes, to: space, as: .input(index), random: &random)
        }
      }
      for stage in fixture.plan.stages.indices {
        let slices = try spaces.map { try $0.compute(stage: stage, unit: .own) }
        for (receiver, space) in spaces.enumerated() {
          try deliver(slices[1 - receiver], to: space, as: .stage(stage), random: &random)
        }
      }
      for space in spaces { #expect(try fixture.difference(space.computeTail()) <= 1e-4, "seed \(seed)") }
    }
  }

  private func deliver(
    _ slice: SliceBytes, to space: Workspace, as value: GatheredValue, random: inout SeededGenerator
  ) throws {
    var pieces: [Range<Int>] = []
    var start = 0
    while start < slice.elementCount {
      let end = min(slice.elementCount, start + Int.random(in: 1...200, using: &random))
      pieces.append(start..<end)
      start = end
    }
    let rows = slice.rows
    try slice.withUnsafeBytes { bytes in
      for piece in pieces.shuffled(using: &random) {
        // At an odd address, as in a frame behind a header.
        var frame = [UInt8](repeating: 0xEE, count: 3)
        frame.append(contentsOf: bytes[piece.lowerBound * 4..<piece.upperBound * 4])
        try frame.withUnsafeBytes { frame in
          try space.place(
            value, rows: rows, elementOffset: piece.lowerBound, bytes: UnsafeRawBufferPointer(rebasing: frame[3...]))
        }
      }
    }
  }

  @Test func rowsThatHaveNotArrivedStopTheStage() throws {
    let fixture = try Fixture(try ExampleNetworks.squeezing(), seats: 3)
    let space = Workspace(fixture.programs[0])
    #expect(throws: ExecutionError.self) { try space.compute(stage: 0, unit: .own) }
    try space.place(input: 0, fixture.inputs[0])
    let own = try space.compute(stage: 0, unit: .own)
    #expect(own.byteCount == own.rows.count * fixture.plan.stages[0].elementsPerRow * 4)
    let others = fixture.plan.stages[0].owners.indices.filter { fixture.plan.stages[0].owners[$0] != 0 }
    #expect(space.missingRows(of: .stage(0)) == others.count)
    let error = #expect(throws: ExecutionError.self) { try space.compute(stage: 1, unit: .own) }
    #expect(try #require(error).description.contains("\(others.count) rows"))
    try space.fill(.stage(0), rows: others, with: .zero)
    #expect(space.missingRows(of: .stage(0)) == 0)
    #expect(throws: Never.self) { try space.compute(stage: 1, unit: .own) }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let fixture = try Fixture(try ExampleNetworks.squeezing(), seats: 2)
    let space = Workspace(fixture.programs[0])
    let rowCount = fixture.plan.stages[0].rowCount
    let bytes = [UInt8](repeating: 0, count: 64)
    let attempts: [(value: GatheredValue, rows: [Int], offset: Int, count: Int)] = [
      (.stage(0), [rowCount], 0, 4), (.stage(0), [-1], 0, 4), (.stage(0), [0], -1, 4), (.stage(0), [0], 0, 3),
      (.stage(0), [0], 1 << 40, 4), (.stage(0), [0], fixture.plan.stages[0].elementsPerRow, 4), (.stage(0), [], 0, 4),
      (.stage(99), [0], 0, 4), (.stage(-1), [0], 0, 4), (.input(1), [0], 0, 4), (.input(0), [0], 3 * 31 * 31, 4),
    ]
    for attempt in attempts {
      #expect(throws: ExecutionError.self, "\(attempt)") {
        try bytes.withUnsafeBytes { bytes in
          try space.place(
            attempt.value, rows: attempt.rows, elementOffset: attempt.offset,
            bytes: UnsafeRawBufferPointer(rebasing: bytes[..<attempt.count]))
        }
      }
    }
    #expect(throws: ExecutionError.self) { try space.fill(.stage(0), rows: [rowCount], with: .zero) }
    #expect(throws: ExecutionError.self) { try space.fill(.stage(0), rows: [0], with: .replica) }
    #expect(throws: ExecutionError.self) { try space.compute(stage: 0, unit: .replica(of: 0)) }
    #expect(throws: ExecutionError.self) { try space.compute(stage: 77, unit: .own) }
    #expect(throws: ExecutionError.self) { try space.place(input: 0, Tensor(shape: [1, 3, 5, 5])) }
  }

  /// Values are dropped behind their last use, and late pieces of them are ignored.
  @Test func valuesAreDroppedAfterTheirLastUse() throws {
    let fixture = try Fixture(try ExampleNetworks.squeezing(), seats: 1)
    let space = Workspace(fixture.programs[0])
    try space.place(input: 0, fixture.inputs[0])
    var most = 0
    for stage in fixture.plan.stages.indices {
      _ = try space.compute(stage: stage, unit: .own)
      most = max(most, space.gatheredBytes)
    }
    let all = fixture.plan.stages.reduce(0) { $0 + $1.rowCount * $1.elementsPerRow * 4 }
    // The last stage's inputs, one stage's of grace, and what the tail needs.
    let kept = fixture.plan.stages.suffix(3).reduce(0) { $0 + $1.rowCount * $1.elementsPerRow * 4 }
    #expect(space.gatheredBytes == kept)
    #expect(most < all + fixture.inputs[0].count * 4)
    try space.place(input: 0, fixture.inputs[0])
    #expect(space.missingRows(of: .input(0)) == 0)
    #expect(throws: ExecutionError.self) { try space.compute(stage: 0, unit: .own) }
    #expect(try fixture.difference(space.computeTail()) <= 1e-4)
  }

  @Test func shardOfAnotherPlanIsRefused() throws {
    let network = try ExampleNetworks.squeezing()
    let graph = StageGraph(try AnalysedNetwork(network))
    let digest = String(repeating: "cd", count: 32)
    func plan(_ seats: Int, digest: String) throws -> Plan {
      try Planner.plan(
        graph, of: NetworkReference(name: network.name, digest: digest), request: PlanRequest(seats: seats)
      ).plan
    }
    let made = try plan(3, digest: digest)
    let image = try ShardImage(cutting: graph, plan: made, planDigest: digest, seat: 2)
    let shard = try Shard(bytes: image.bytes)
    #expect(throws: ExecutionError.self) { try SeatProgram(shard: shard, plan: plan(2, digest: digest)) }
    #expect(throws: ExecutionError.self) { try SeatProgram(shard: shard, plan: made, planDigest: "other") }
    let otherNetwork = try plan(3, digest: String(repeating: "00", count: 32))
    #expect(throws: ExecutionError.self) { try SeatProgram(shard: shard, plan: otherNetwork) }
    // The same seats, but other rows: the slices do not fit.
    var otherRows = made
    otherRows.stages[0].owners = otherRows.stages[0].owners.map { _ in 2 }
    otherRows.stages[0].replicas = [[], [], []]
    #expect(throws: ExecutionError.self) { try SeatProgram(shard: shard, plan: otherRows) }
    let program = try SeatProgram(shard: shard, plan: made, planDigest: digest)
    #expect(program.residentBytes > 0 && program.residentBytes < image.byteCount * 4)
  }

  /// With any bytes of its header changed a shard is refused, or makes a program that answers or says why not; nothing
  /// traps.
  @Test(arguments: [Fuzzed.squeezing, .convNeXt, .shuffling])
  func damagedShardsDoNotCrash(fuzzed: Fuzzed) throws {
    let fixture = try Fixture(try fuzzed.network(), seats: 2)
    let graph = StageGraph(try AnalysedNetwork(fixture.network))
    let bytes = try ShardImage(cutting: graph, plan: fixture.plan, planDigest: "d", seat: 0).bytes
    let headerEnd = 8 + bytes[0..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    // Digits and letters in place of others get past the reader more often than bytes of any kind.
    let letters = Array("0123456789-,[]{}\"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ~_\\".utf8)
    var random = SeededGenerator(seed: 5)
    var made = 0
    for _ in 0..<400 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        damaged[Int.random(in: 8..<headerEnd, using: &random)] = letters.randomElement(using: &random) ?? 0
      }
      guard let shard = try? Shard(bytes: damaged), let program = try? SeatProgram(shard: shard, plan: fixture.plan)
      else { continue }
      made += 1
      let space = Workspace(program)
      try? space.place(input: 0, fixture.inputs[0])
      for (index, stage) in fixture.plan.stages.enumerated() {
        _ = try? space.compute(stage: index, unit: .own)
        try? space.fill(.stage(index), rows: Array(stage.owners.indices), with: .zero)
      }
      _ = try? space.computeTail()
    }
    #expect(made > 0)
  }
}

enum Fuzzed: String, Sendable {
  case squeezing, convNeXt, shuffling

  func network() throws -> Network {
    switch self {
    case .squeezing: try ExampleNetworks.squeezing()
    case .convNeXt: try ExampleNetworks.convNeXt()
    case .shuffling: try ExampleNetworks.shuffling()
    }
  }
}
