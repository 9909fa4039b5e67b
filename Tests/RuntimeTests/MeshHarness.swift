import Execution
import Glibc
import Mesh
import Networks
import Planning
import Plans
import Tensors

@testable import Runtime

/// Agents of one process on loopback, each with its threads and a state directory of its own.
final class MeshHarness {
  struct Member {
    let agent: Agent
    let thread: Task
    let directory: String
  }

  /// A thread that is joined when it is let go.
  final class Task {
    private let thread: SystemThread
    init(_ body: @escaping @Sendable () -> Void) throws { thread = try SystemThread(name: "agent", body) }
  }

  private(set) var members: [Member] = []
  let root: String

  init(agents: Int) throws {
    var template = Array("/tmp/edgemesh-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw StateError.last("/tmp", byteCount: 0) }
    root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    for index in 0..<agents { try start("board\(index)", directory: "\(root)/\(index)") }
  }

  deinit {
    stopAll()
    for member in members { removeTree(member.directory) }
    rmdir(root)
  }

  var endpoints: [Endpoint] { members.map(\.agent.endpoint) }

  func start(_ name: String, directory: String) throws {
    let seeds = members.isEmpty ? [] : [members[0].agent.endpoint]
    let agent = try Agent(
      AgentConfiguration(
        listen: try Endpoint("127.0.0.1:0"), seeds: seeds, name: name, stateDirectory: directory))
    let box = Unchecked(agent)
    members.append(Member(agent: agent, thread: try Task { try? box.value.run() }, directory: directory))
  }

  func stopAll() { for member in members { member.agent.stop() } }

  /// Waits until `condition` holds for the status of every agent; false after the limit, which is for a broken build.
  func wait(for agents: [Endpoint]? = nil, _ condition: (AgentStatus) -> Bool) throws -> Bool {
    let end = MonotonicClock.now() + 30_000_000_000
    while MonotonicClock.now() < end {
      let statuses = try (agents ?? endpoints).map { try AdminClient(to: $0, timeoutMilliseconds: 5_000).status() }
      if statuses.allSatisfy(condition) { return true }
    }
    return false
  }

  /// Cuts and sends each agent its seat, in order, and waits until all know that all are ready.
  func deploy(_ network: Network, replicateShare: Double = 0.5, generation: UInt64 = 1) throws -> Plan {
    let simplified = try network.simplified()
    let graph = StageGraph(try AnalysedNetwork(simplified))
    let reference = NetworkReference(name: network.name, digest: String(repeating: "a", count: 64))
    let request = PlanRequest(seats: members.count, replicateShare: replicateShare)
    let plan = try Planner.plan(graph, of: reference, request: request).plan
    let planBytes = plan.encoded()
    let planDigest = try Self.digest(planBytes)
    let manifest = Array("{}".utf8)
    for (seat, member) in members.enumerated() {
      let admin = try AdminClient(to: member.agent.endpoint, timeoutMilliseconds: 10_000)
      let image = try ShardImage(cutting: graph, plan: plan, planDigest: planDigest.description, seat: seat)
      let shard = image.bytes
      let adoption = Adoption(
        plan: planDigest, manifest: try Self.digest(manifest), shard: try Self.digest(shard), generation: generation,
        seat: seat)
      try admin.store(.plan, digest: adoption.plan, bytes: planBytes)
      try admin.store(.manifest, digest: adoption.manifest, bytes: manifest)
      try admin.store(.shard, digest: adoption.shard, bytes: shard)
      try admin.adopt(adoption)
    }
    let count = members.count
    guard
      try wait({ status in
        status.members.filter { $0.state == "alive" && $0.claims.contains { $0.plan == planDigest } }.count == count
      })
    else { throw StateError.missing("a ready mesh") }
    return plan
  }

  /// The same plan run for all seats on this machine: the reference for a degraded answer.
  func localMesh(_ network: Network, _ plan: Plan) throws -> LocalMesh {
    let graph = StageGraph(try AnalysedNetwork(try network.simplified()))
    let digest = try Self.digest(plan.encoded()).description
    let programs = try plan.seats.indices.map { seat in
      let image = try ShardImage(cutting: graph, plan: plan, planDigest: digest, seat: seat)
      return try SeatProgram(shard: try Shard(bytes: image.bytes), plan: plan, planDigest: digest)
    }
    return LocalMesh(plan: plan, programs: programs)
  }

  static func digest(_ bytes: [UInt8]) throws -> PlanDigest {
    guard let digest = PlanDigest(hexadecimal: sha256Hex(bytes)) else { throw StateError.missing("a digest") }
    return digest
  }

  private func removeTree(_ path: String) {
    for name in StateDirectory.names(in: path) {
      let child = "\(path)/\(name)"
      if unlink(child) != 0 { removeTree(child) }
    }
    rmdir(path)
  }
}

/// Hands a value to a thread that the test joins.
struct Unchecked<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
