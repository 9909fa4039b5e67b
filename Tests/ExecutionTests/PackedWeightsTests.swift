import Foundation
import Networks
import Planning
import Plans
import Tensors
import Testing

@testable import Execution

/// Seats whose packed weights lie in a file.
struct PackedWeightsTests {
  /// A network with weights that are large enough to be read late, cut for one seat, as a file.
  private final class Site {
    let folder = FileManager.default.temporaryDirectory.appending(path: "edgemesh-packed-\(UUID())").path(
      percentEncoded: false)
    let plan: Plan
    let input: Tensor
    let bytes: [UInt8]
    var shard: String { "\(folder)/shard" }
    var packed: String { "\(folder)/packed" }

    init(_ type: WeightType) throws {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      var builder = NetworkBuilder(name: "large", input: [1, 64, 6, 6], seed: 3)
      let first = try builder.relu(try builder.convolution("input", channels: 64, kernel: 3))
      let second = try builder.convolution(first, channels: 96, kernel: 3)
      let network = try builder.finished(outputs: [second])
      let graph = StageGraph(try AnalysedNetwork(network))
      let digest = String(repeating: "ab", count: 32)
      plan = try Planner.plan(
        graph, of: NetworkReference(name: network.name, digest: digest),
        request: PlanRequest(seats: 1, weightType: type)
      ).plan
      bytes = try ShardImage(cutting: graph, plan: plan, planDigest: digest, seat: 0).bytes
      try Data(bytes).write(to: URL(filePath: "\(folder)/shard"))
      var random = SeededGenerator(seed: 4)
      let shape: Shape = [1, 64, 6, 6]
      input = Tensor(
        shape: shape, elements: (0..<shape.elementCount).map { _ in Float.random(in: -1...1, using: &random) })
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func program(_ store: WeightStore?) throws -> SeatProgram {
      try SeatProgram(shard: Shard.open(shard), plan: plan, weightsIn: store)
    }

    func answer(_ program: SeatProgram) throws -> [Float] {
      try LocalMesh(plan: plan, programs: [program]).run([input]).outputs[0].elements
    }

    /// Changes a byte of the shard where it lies.
    func spoil(_ place: Int) throws {
      let file = try FileHandle(forUpdating: URL(filePath: shard))
      try file.seek(toOffset: UInt64(place))
      try file.write(contentsOf: [bytes[place] ^ 0x55])
      try file.close()
    }
  }

  /// A second start answers the same, and does not even read the shard's weights.
  @Test(arguments: WeightType.allCases)
  func packsOnce(type: WeightType) throws {
    let site = try Site(type)
    let expected = try site.answer(try site.program(nil))
    let first = WeightStore(path: site.packed, key: "k")
    #expect(try site.answer(try site.program(first)) == expected)
    #expect(first.finish() && !first.isFound)
    // Half-way through the file there are weights, whatever their type and the order of their names.
    let middle = site.bytes.count / 2
    for place in stride(from: middle, to: middle + 2000, by: 3) { try site.spoil(place) }
    let second = WeightStore(path: site.packed, key: "k")
    #expect(try site.answer(try site.program(second)) == expected)
    #expect(second.finish() && second.isFound)
    #expect(try site.answer(try site.program(nil)) != expected)
  }

  /// A shard with another header or another bias is not the one whose weights were packed.
  @Test func aShardThatRottedIsNoticed() throws {
    let site = try Site(.bfloat16)
    let first = WeightStore(path: site.packed, key: "k")
    _ = try site.program(first)
    first.finish()
    let header = 8 + site.bytes[0..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    // Biases are floats of 32 bits, and lie before weights of 16.
    try site.spoil(header + 5)
    let second = WeightStore(path: site.packed, key: "k")
    #expect(second.isFound)
    _ = try site.program(second)
    #expect(!second.isFound)
    #expect(!FileManager.default.fileExists(atPath: site.packed))
  }

  /// What cannot be read when it is looked at is an error, not a program of zeros.
  @Test func aShardThatIsCutOffWhileItIsReadIsRefused() throws {
    let site = try Site(.float32)
    let shard = try Shard.open(site.shard)
    #expect(truncate(site.shard, off_t(site.bytes.count - 50_000)) == 0)
    #expect(throws: ExecutionError.self) { try SeatProgram(shard: shard, plan: site.plan) }
  }
}
