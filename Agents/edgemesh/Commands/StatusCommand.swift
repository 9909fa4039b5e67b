import Glibc
import Mesh
import Runtime

/// `edgemesh status`: what an agent says of itself and its mesh.
enum StatusCommand: Command {
  private static let to = Option.defaulting(
    "to", .hostPorts, to: [HostPort(host: "127.0.0.1", port: Int(Endpoint.defaultPort))],
    shown: "127.0.0.1:\(Endpoint.defaultPort)", "Asks the first of these agents that answers")
  private static let watch = Option.flag("watch", "Asks again each second until interrupted")
  private static let json = Option.flag("json", "Prints one JSON object an answer")

  static let page = ManualPage(
    name: "status", summary: "show the members of a mesh, their seats and what an agent has done",
    options: [to, watch, json],
    description: [
      "Asks one agent for its view: the members with their state, incarnation and the seats for which they are ready; "
        + "the plans it holds; its memory and how short it is; and how many requests it has admitted and how they ended.",
      "A member is alive, suspect (not heard for a while), dead (not heard for longer) or left (stopped in order). "
        + "A dead member that is heard again is alive again, without anyone's doing.",
    ],
    examples: [
      .init(line: "edgemesh status", explanation: "Asks the agent on this machine"),
      .init(line: "edgemesh status --to board-1:7707 --watch", explanation: "Watches a mesh"),
    ],
    exits: [.init(.unavailable)])

  static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
    let endpoint = try Endpoints.reachable(arguments[to])[0]
    repeat {
      let status: AgentStatus
      do { status = try AdminClient(to: endpoint, timeoutMilliseconds: 5_000).status() } catch {
        throw Failure(.unavailable, "\(error)")
      }
      if arguments[json] {
        try console.print(encode(status))
      } else {
        if arguments[watch], console.isTerminal { try console.output.write("\u{1b}[H\u{1b}[2J") }
        try show(status, console)
      }
      if arguments[watch] { sleep(1) }
    } while arguments[watch]
    return .success
  }

  private static func show(_ status: AgentStatus, _ console: Console) throws {
    try console.print(
      "\(status.name) at \(status.address), incarnation \(status.incarnation), up "
        + TimeSpan.format(.milliseconds(status.uptimeMilliseconds)) + ", memory "
        + "\(ByteSize.format(status.residentBytes)) of \(ByteSize.format(status.memoryBytes))")
    try console.print(memoryLine(status.memory))
    var members = TextTable([
      .left("MEMBER"), .left("ADDRESS"), .left("STATE"), .right("INCARNATION"), .left("READY FOR"),
    ])
    for member in status.members {
      let claims = member.claims.map { "seat \($0.seat) of plan \($0.plan.description.prefix(8))" }
      members.append([
        member.name, member.address, member.state, "\(member.incarnation)", claims.joined(separator: ", "),
      ])
    }
    try console.print(members.rendered)
    for plan in status.plans {
      let state =
        switch plan.state {
        case .loading: "loading"
        case .ready: "ready"
        case .failed(let reason): "failed: \(reason)"
        }
      try console.print(
        "plan \(plan.plan.description.prefix(8)) (generation \(plan.generation)): seat \(plan.seat) of \(plan.network), "
          + "\(ByteSize.format(plan.residentBytes)) of weights, \(state)")
    }
    let outcomes = zip(Outcome.Kind.allCases, status.outcomes).filter { $0.1 > 0 }.map { "\($0.1) \($0.0.rawValue)" }
    try console.print(
      "requests: \(status.requestsAdmitted) admitted, \(status.requestsRunning) running"
        + (outcomes.isEmpty ? "" : "; ended: " + outcomes.joined(separator: ", "))
        + "; attempts served: \(status.attemptsServed); frames dropped: \(status.framesDropped)")
  }

  private static func memoryLine(_ memory: MemoryStatus) -> String {
    var parts = ["memory pressure: \(memory.level)"]
    if memory.scope == "unknown" {
      parts.append("this kernel gives no pressure figures")
    } else {
      let whose = memory.scope == "cgroup" ? "its control group" : "the machine"
      parts.append(
        "tasks of \(whose) waited \(memory.someStalledMilliseconds) ms of \(memory.windowMilliseconds) ms, all at once "
          + "\(memory.fullStalledMilliseconds) ms")
    }
    if let used = memory.limitUsedBytes, let limit = memory.limitBytes {
      parts.append("\(ByteSize.format(used)) of the limit of \(ByteSize.format(limit)) used")
    }
    if let available = memory.machineAvailableBytes {
      parts.append("the machine has \(ByteSize.format(available)) available")
    }
    return parts.joined(separator: "; ")
  }

  private static func encode(_ memory: MemoryStatus) -> JSON {
    func known(_ value: Int?) -> JSON { value.map { .integer(Int64($0)) } ?? .null }
    return [
      "level": .string(memory.level.description), "scope": .string(memory.scope), "trigger": .string(memory.trigger),
      "window_ms": .integer(Int64(memory.windowMilliseconds)),
      "some_stalled_ms": .integer(Int64(memory.someStalledMilliseconds)),
      "full_stalled_ms": .integer(Int64(memory.fullStalledMilliseconds)),
      "some_avg10": .number(Double(memory.someAverageHundredths) / 100),
      "full_avg10": .number(Double(memory.fullAverageHundredths) / 100),
      "limit_used_bytes": known(memory.limitUsedBytes), "limit_bytes": known(memory.limitBytes),
      "machine_available_bytes": known(memory.machineAvailableBytes),
    ]
  }

  private static func encode(_ status: AgentStatus) -> JSON {
    let members: [JSON] = status.members.map { member in
      let claims: [JSON] = member.claims.map {
        [
          "plan": .string($0.plan.description), "generation": .integer(Int64(clamping: $0.generation)),
          "seat": .integer(Int64($0.seat)),
        ]
      }
      return [
        "id": .string(member.id), "name": .string(member.name), "address": .string(member.address),
        "state": .string(member.state), "incarnation": .integer(Int64(clamping: member.incarnation)),
        "ready": .array(claims),
      ]
    }
    let plans: [JSON] = status.plans.map { plan in
      var state = "ready"
      var reason: JSON = .null
      switch plan.state {
      case .loading: state = "loading"
      case .ready: break
      case .failed(let text):
        state = "failed"
        reason = .string(text)
      }
      return [
        "plan": .string(plan.plan.description), "generation": .integer(Int64(clamping: plan.generation)),
        "seat": .integer(Int64(plan.seat)), "network": .string(plan.network),
        "resident_bytes": .integer(Int64(plan.residentBytes)), "state": .string(state), "reason": reason,
      ]
    }
    let outcomes = zip(Outcome.Kind.allCases, status.outcomes).map { ($0.0.rawValue, JSON.integer(Int64($0.1))) }
    return [
      "id": .string(status.id), "name": .string(status.name), "address": .string(status.address),
      "incarnation": .integer(Int64(clamping: status.incarnation)),
      "uptime_ms": .integer(Int64(status.uptimeMilliseconds)),
      "resident_bytes": .integer(Int64(status.residentBytes)), "memory_bytes": .integer(Int64(status.memoryBytes)),
      "members": .array(members), "plans": .array(plans),
      "requests_admitted": .integer(Int64(status.requestsAdmitted)),
      "requests_running": .integer(Int64(status.requestsRunning)), "outcomes": .object(outcomes),
      "attempts_served": .integer(Int64(status.attemptsServed)),
      "frames_dropped": .integer(Int64(status.framesDropped)), "memory": encode(status.memory),
    ]
  }
}
