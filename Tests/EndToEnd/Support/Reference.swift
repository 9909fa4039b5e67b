import Execution
import Networks
import Pictures
import Plans
import Tensors
import Testing

@testable import edgemesh

/// What a mesh must answer, computed here: by the whole network, or by all seats of a plan with losses.
struct Reference {
  let whole: PreparedNetwork
  let mesh: LocalMesh
  let shape: Shape

  /// For the network that `TestNetwork` writes and a plan for it.
  init(plan file: String) throws {
    let bytes = try ExampleNetworks.small().onnx()
    let network = try Network(onnx: bytes).simplified()
    let planBytes = try WholeFile.read(file, as: "the plan", limit: PlanLimits.fileBytes)
    let plan = try Plan(decoding: planBytes)
    let graph = try StageGraph(try AnalysedNetwork(network), following: plan)
    let digest = sha256Hex(planBytes)
    let programs = try plan.seats.indices.map { seat in
      let image = try ShardImage(cutting: graph, plan: plan, planDigest: digest, seat: seat)
      return try SeatProgram(shard: Shard(bytes: image.bytes), plan: plan, planDigest: digest)
    }
    whole = try PreparedNetwork(network)
    mesh = LocalMesh(plan: plan, programs: programs)
    shape = try #require(network.inputs.first).shape
  }

  private func input(frame number: Int) throws -> Tensor {
    let picture = Picture(width: 32, height: 32, channels: 3, samples: TestNetwork.frame(number))
    return try Preprocessing.unit.tensor(from: picture, for: shape, name: "frame")
  }

  /// The whole network's answer.
  func answer(frame number: Int) throws -> [Float] {
    let outputs = try whole.run([whole.inputs[0].name: input(frame: number)])
    return try #require(outputs[whole.outputs[0].name]).elements
  }

  /// The answer of a mesh whose seat `lost` delivers nothing.
  func answer(frame number: Int, losing lost: Int) throws -> LocalMesh.Answer {
    try mesh.run([input(frame: number)], losing: [lost: 0])
  }

  /// Whether two answers are the same within 1e-4 of the largest magnitude.
  static func areEqual(_ found: [Float], _ expected: [Float]) -> Bool {
    let bound = 1e-4 * expected.reduce(0) { max($0, $1.magnitude) }
    return found.count == expected.count && zip(found, expected).allSatisfy { ($0 - $1).magnitude <= bound }
  }
}

typealias LocalAnswer = LocalMesh.Answer

extension LocalMesh.Answer {
  /// The share of all rows that each kind of fill stood in for.
  func shares(of plan: String) throws -> [(Fill, Double)] {
    let stages = try Plan(decoding: WholeFile.read(plan, as: "the plan", limit: PlanLimits.fileBytes)).stages
    let rows = Double(stages.reduce(0) { $0 + $1.rowCount })
    return Fill.allCases.map { kind in
      (kind, Double(provenance.reduce(0) { $0 + ($1.filledRows[kind] ?? 0) }) / rows)
    }
  }
}
