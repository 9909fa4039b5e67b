import Glibc
import Mesh
import Networks
import Plans
import Runtime

/// One deployment: seats find agents, files are sent, and everybody is waited for.
struct Deployment {
  var plan: Plan
  var planBytes: [UInt8]
  var graph: StageGraph
  var manifest: [UInt8]
  /// Seats that a person gave to an agent by name.
  var pins: [Int: String]
  var isJSON: Bool
  var console: Console

  private struct Target {
    var name: String
    var endpoint: Endpoint
    var memoryBytes: Int
    var newestGeneration: UInt64
  }

  func run(through endpoint: Endpoint, timeout: Duration) throws {
    let deadline = ContinuousClock.now + timeout
    let targets = try targets(through: endpoint)
    let assignment = try assign(targets)
    let generation = (targets.map(\.newestGeneration).max() ?? 0) + 1
    let planDigest = try digest(planBytes)
    let manifestDigest = try digest(manifest)
    for seat in plan.seats.indices {
      let target = assignment[seat]
      do {
        try send(seat, to: target, planDigest, manifestDigest, generation)
      } catch let error as AdminError {
        throw Failure(.unavailable, "seat \(seat) (\(target.name)): \(error)")
      }
    }
    try wait(for: assignment, planDigest, through: endpoint, deadline)
    report(
      "ready: \(plan.network.name) on \(plan.seats.count) seats, generation \(generation)",
      [("event", "ready"), ("generation", .integer(Int64(clamping: generation))), ("plan", .string("\(planDigest)"))])
  }

  // MARK: Who takes which seat

  private func targets(through endpoint: Endpoint) throws -> [Target] {
    let status: AgentStatus
    do { status = try AdminClient(to: endpoint, timeoutMilliseconds: 5_000).status() } catch {
      throw Failure(.unavailable, "\(error)")
    }
    var targets: [Target] = []
    for member in status.members where member.state == "alive" {
      let address = try Endpoint(member.address)
      do {
        let own = try AdminClient(to: address, timeoutMilliseconds: 5_000).status()
        targets.append(
          Target(
            name: own.name, endpoint: address, memoryBytes: own.memoryBytes,
            newestGeneration: own.plans.map(\.generation).max() ?? 0))
      } catch {
        console.note("edgemesh deploy: \(member.name) does not answer at \(member.address) and is left out")
      }
    }
    return targets
  }

  private func assign(_ targets: [Target]) throws -> [Target] {
    guard targets.count >= plan.seats.count else {
      throw Failure(
        .temporary,
        "the plan has \(plan.seats.count) seats, but only \(targets.count) agents answer: start more with 'edgemesh join', "
          + "or plan for fewer with --seats \(max(targets.count, 1))")
    }
    var free = targets.sorted { ($0.memoryBytes, $1.name) > ($1.memoryBytes, $0.name) }
    var assignment = [Target?](repeating: nil, count: plan.seats.count)
    for (seat, name) in pins.sorted(by: { $0.key < $1.key }) {
      guard let index = free.firstIndex(where: { $0.name == name }) else {
        throw Failure(.usage, "no free live agent is named \"\(name)\": 'edgemesh status' lists them")
      }
      assignment[seat] = free.remove(at: index)
    }
    let open = plan.seats.indices.filter { assignment[$0] == nil }
    for seat in open.sorted(by: { (plan.seats[$0].memoryBytes, $1) > (plan.seats[$1].memoryBytes, $0) }) {
      assignment[seat] = free.removeFirst()
    }
    for (seat, target) in assignment.enumerated() {
      guard let target, target.memoryBytes < plan.seats[seat].memoryBytes else { continue }
      throw Failure(
        .temporary,
        "seat \(seat) needs \(ByteSize.format(plan.seats[seat].memoryBytes)), but \(target.name) has "
          + "\(ByteSize.format(target.memoryBytes)): plan for more seats or with --memory")
    }
    return assignment.compactMap { $0 }
  }

  // MARK: Sending

  private func send(
    _ seat: Int, to target: Target, _ planDigest: PlanDigest, _ manifestDigest: PlanDigest, _ generation: UInt64
  ) throws {
    let image = try ShardImage(cutting: graph, plan: plan, planDigest: "\(planDigest)", seat: seat)
    let shard = image.bytes
    let shardDigest = try digest(shard)
    let agent = try AdminClient(to: target.endpoint, timeoutMilliseconds: 10_000)
    try agent.store(.plan, digest: planDigest, bytes: planBytes)
    try agent.store(.manifest, digest: manifestDigest, bytes: manifest)
    try agent.store(.shard, digest: shardDigest, byteCount: shard.count) { offset, count in
      Array(shard[offset..<offset + count])
    }
    try agent.adopt(
      Adoption(plan: planDigest, manifest: manifestDigest, shard: shardDigest, generation: generation, seat: seat))
    report(
      "seat \(seat) -> \(target.name) (\(target.endpoint)): \(ByteSize.format(shard.count)) sent",
      [
        ("event", "sent"), ("seat", .integer(Int64(seat))), ("agent", .string(target.name)),
        ("address", .string("\(target.endpoint)")), ("bytes", .integer(Int64(shard.count))),
      ])
  }

  /// Ready is who says so to the agent through which we came, too: then a request finds everybody.
  private func wait(
    for assignment: [Target], _ planDigest: PlanDigest, through endpoint: Endpoint, _ deadline: ContinuousClock.Instant
  ) throws {
    var waiting = Array(plan.seats.indices)
    while true {
      for seat in waiting {
        let status = try AdminClient(to: assignment[seat].endpoint, timeoutMilliseconds: 10_000).status()
        guard let held = status.plans.first(where: { $0.plan == planDigest }) else { continue }
        if case .failed(let reason) = held.state {
          throw Failure(.failure, "seat \(seat) (\(assignment[seat].name)) cannot take its shard: \(reason)")
        }
        let claims = status.members.filter { $0.state == "alive" }.flatMap(\.claims)
        if Set(claims.filter { $0.plan == planDigest }.map(\.seat)).count == plan.seats.count {
          waiting.removeAll { $0 == seat }
        }
      }
      if waiting.isEmpty { return }
      guard ContinuousClock.now < deadline else {
        let names = waiting.map { "\($0) (\(assignment[$0].name))" }.joined(separator: ", ")
        throw Failure(.temporary, "not ready in time: seat \(names); 'edgemesh status' shows what they do")
      }
      usleep(5_000)
    }
  }

  private func digest(_ bytes: [UInt8]) throws -> PlanDigest {
    guard let digest = PlanDigest(hexadecimal: sha256Hex(bytes)) else { throw Failure(.failure, "no digest") }
    return digest
  }

  private func report(_ line: String, _ event: [(String, JSON)]) {
    if isJSON { try? console.print(JSON.object(event)) } else { try? console.print(line) }
  }
}
