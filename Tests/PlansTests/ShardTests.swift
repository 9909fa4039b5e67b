import Glibc
import Networks
import Tensors
import Testing

@testable import Plans

struct ShardTests {
  static func sample(_ example: Example = .squeezing) throws -> (graph: StageGraph, plan: Plan) {
    let network = try example.network()
    let graph = StageGraph(try AnalysedNetwork(network))
    // Rows in turn to three seats; each seat replicates what the one before it owns first.
    let stages = graph.stages.map { outline in
      let owners = (0..<outline.rowCount).map { $0 % 3 }
      return Stage(
        name: outline.name, output: outline.output, rowAxis: outline.rowAxis, inputs: outline.inputs, owners: owners,
        replicas: (0..<3).map { seat in owners.indices.first { owners[$0] == (seat + 2) % 3 }.map { [$0] } ?? [] })
    }
    let plan = Plan(
      network: NetworkReference(name: network.name, digest: PlanFileTests.digest),
      inputs: network.inputs.map { PlanValue(name: $0.name, shape: $0.shape) },
      outputs: network.outputs.map { PlanValue(name: $0.name, shape: $0.shape) },
      seats: [Seat](repeating: Seat(memoryBytes: 0), count: 3), strategy: Strategy(name: "turns"), stages: stages,
      tailInputs: graph.tail.inputs, fills: [.zero])
    try plan.validate()
    return (graph, plan)
  }

  @Test(arguments: Example.allCases)
  func slicesComeBackAsTheyWere(example: Example) throws {
    let (graph, plan) = try Self.sample(example)
    for seat in 0..<3 {
      let image = try ShardImage(cutting: graph, plan: plan, planDigest: "d", seat: seat)
      #expect(image.bytes.count == image.byteCount)
      let shard = try Shard(bytes: image.bytes)
      #expect(shard.seat == seat && shard.network == plan.network && shard.planDigest == "d")
      for stage in plan.stages.indices {
        for unit in plan.units(ofStage: stage, at: seat) {
          let found = try #require(try shard.sliceNetwork(stage: stage, unit: unit))
          let rows = plan.rows(ofStage: stage, unit: unit, at: seat)
          try expectEqual(found, graph.sliceNetwork(stage: stage, rows: rows))
        }
        #expect(try shard.sliceNetwork(stage: stage, unit: .replica(of: seat)) == nil)
      }
      if let tail = graph.tailNetwork() { try expectEqual(try #require(try shard.tailNetwork()), tail) }
    }
  }

  /// The same network but for the names of cut constants, which count up within a shard.
  private func expectEqual(_ found: Network, _ expected: Network) throws {
    #expect(found.inputs == expected.inputs && found.outputs == expected.outputs && found.opset == expected.opset)
    #expect(found.nodes.map(\.operatorType) == expected.nodes.map(\.operatorType))
    #expect(found.nodes.map(\.attributes) == expected.nodes.map(\.attributes))
    for (node, other) in zip(found.nodes, expected.nodes) {
      for (input, otherInput) in zip(node.inputs, other.inputs) {
        switch (found.constants[input], expected.constants[otherInput]) {
        case (.float(let a), .float(let b)): #expect(a.shape == b.shape && a.elements == b.elements)
        case (.integer(let a), .integer(let b)): #expect(a == b)
        case (nil, nil): #expect(input == otherInput)
        default: Issue.record("\(input) is not \(otherInput)")
        }
      }
    }
  }

  @Test func constantsAreStoredOnce() throws {
    let (graph, plan) = try Self.sample()
    var bytes = 0
    for seat in 0..<3 { bytes += try ShardImage(cutting: graph, plan: plan, planDigest: "d", seat: seat).byteCount }
    var weights = 0
    for constant in graph.network.constants.values { weights += constant.byteCount }
    // One replica row a seat and stage, and headers.
    #expect(bytes < weights * 2 + 3 * 64 * 1024)
  }

  @Test func fileIsReadPieceByPiece() throws {
    let (graph, plan) = try Self.sample()
    let image = try ShardImage(cutting: graph, plan: plan, planDigest: "d", seat: 1)
    let path = temporaryPath()
    defer { unlink(path) }
    try image.write(to: path)
    let shard = try Shard.open(path)
    let slice = try #require(try shard.sliceNetwork(stage: 0, unit: .own))
    try expectEqual(slice, graph.sliceNetwork(stage: 0, rows: plan.stages[0].ownRows(of: 1)))
    #expect(throws: ShardError.self) { try Shard.open(path + ".none") }
    #expect(throws: ShardError.self) { try Shard.open("/tmp") }
    #expect(throws: ShardError.self) { try image.write(to: "/nowhere/at/all") }
  }

  @Test func planFileOnDisk() throws {
    let (_, plan) = try Self.sample()
    let path = temporaryPath()
    defer { unlink(path) }
    let file = try PlanFile(plan)
    try file.write(to: path)
    #expect(try PlanFile.load(path).digest == file.digest)
    #expect(throws: PlanError.self) { try PlanFile.load(path + ".none") }
    #expect(throws: PlanError.self) { try file.write(to: "/nowhere/at/all") }
  }

  /// Cut anywhere, a shard is refused; with header bytes changed it is refused, or its slices are read or refused.
  @Test func damageIsRefused() throws {
    let (graph, plan) = try Self.sample()
    let bytes = try ShardImage(cutting: graph, plan: plan, planDigest: "d", seat: 0).bytes
    let headerEnd = 8 + bytes[0..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(headerEnd % 64 == 0)
    for end in stride(from: 0, to: bytes.count, by: 97) {
      #expect(throws: ShardError.self) { try Shard(bytes: Array(bytes[..<end])) }
    }
    #expect(throws: ShardError.self) { try Shard(bytes: bytes + [0]) }
    var random = SeededGenerator(seed: 11)
    var refused = 0
    for _ in 0..<600 {
      var damaged = bytes
      damaged[Int.random(in: 0..<headerEnd, using: &random)] = UInt8.random(in: 0...255, using: &random)
      do {
        let shard = try Shard(bytes: damaged)
        for stage in plan.stages.indices { _ = try shard.sliceNetwork(stage: stage, unit: .own) }
        _ = try shard.tailNetwork()
      } catch {
        refused += 1
      }
    }
    #expect(refused > 300)
  }

  /// A length field of anything is not believed.
  @Test(arguments: [UInt64.max, 1 << 63, 1 << 30, 24 << 20, 9])
  func hostileLengthsAreRefused(length: UInt64) {
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array("{}".utf8)
    #expect(throws: ShardError.self) { try Shard(bytes: bytes) }
  }

  @Test(arguments: [
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
      12
    ),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 12),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 12),
    (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8),
    (#"{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}}"#, 16),
    (#"{"a":{"dtype":"F32","shape":[1099511627776,1099511627776],"data_offsets":[0,8]}}"#, 8),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4),
    (#"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}}"#, 8),
    (#"{"a":{"dtype":"BF16","shape":[3],"data_offsets":[0,4]}}"#, 4),
    (#"{"__metadata__":{}}"#, 0),
  ])
  func wrongLayoutsAreRefused(header: String, dataByteCount: Int) {
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) } + Array(header.utf8)
    #expect(throws: ShardError.self) { try Shard(bytes: bytes + [UInt8](repeating: 0, count: dataByteCount)) }
  }

  @Test func planOfOtherStagesIsRefused() throws {
    let (graph, plan) = try Self.sample()
    var other = plan
    other.stages.removeLast()
    #expect(throws: PlanError.self) { try ShardImage(cutting: graph, plan: other, planDigest: "d", seat: 0) }
    #expect(throws: PlanError.self) { try ShardImage(cutting: graph, plan: plan, planDigest: "d", seat: 3) }
    other = plan
    other.stages[0].output.name = "nobody"
    #expect(throws: PlanError.self) { try StageGraph(graph.analysis, following: other) }
    // The stages follow from the plan alone, whatever options they were chosen with.
    #expect(try StageGraph(graph.analysis, following: plan).stages == graph.stages)
  }

  private func temporaryPath() -> String {
    "/tmp/edgemesh-plans-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
  }
}
