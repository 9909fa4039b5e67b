import Execution
import Glibc
import Membership
import Mesh
import Plans

/// The plans that this agent holds or is taking up.
final class Holdings {
  struct Entry {
    var adoption: Adoption
    var state: AgentStatus.PlanStatus.State
    var seat: LoadedSeat?
  }

  /// Newest first.
  var entries: [Entry] = []

  /// What was ready of the plan before goes on being so until its successor is.
  func set(_ adoption: Adoption, _ state: AgentStatus.PlanStatus.State, _ seat: LoadedSeat? = nil) {
    let former = entries.first { $0.adoption.plan == adoption.plan }?.seat
    entries.removeAll { $0.adoption.plan == adoption.plan }
    entries.append(Entry(adoption: adoption, state: state, seat: seat ?? former))
    entries.sort { ($0.adoption.generation, $0.adoption.plan) > ($1.adoption.generation, $1.adoption.plan) }
    // Whatever is asked for fails in bounded room, and in nobody else's.
    let failed = entries.indices.filter { entries[$0].seat == nil && entries[$0].state.isFailed }
    if failed.count > StorageWork.plans, let oldest = failed.last { entries.remove(at: oldest) }
  }

  /// Takes out what is ready over the limit, the oldest generation first.
  func removeSurplus() -> [Entry] {
    let surplus = Array(entries.filter { $0.seat != nil }.dropFirst(StorageWork.plans))
    entries.removeAll { entry in surplus.contains { $0.adoption.plan == entry.adoption.plan } }
    return surplus
  }

  /// Bytes that the packed weights take.
  var weightsBytes: Int { entries.reduce(0) { $0 + ($1.seat?.program.residentBytes ?? 0) } }
}

// Status, description and deployment: what the client port serves beside requests.
extension Reactor {
  func administrate(_ bytes: [UInt8], _ path: ReturnPath) {
    guard let (request, token) = try? AdminCodec.decodeRequest(bytes) else {
      return dropMalformed("an administrative message that cannot be read")
    }
    let answer = StorageWork.Answer(path: path, token: token)
    switch request {
    case .status: send(.status(status()), answer)
    case .describe: send(.description(descriptions()), answer)
    case .storeBegin(let kind, let digest, let byteCount):
      store(.begin(kind, digest, byteCount: byteCount, answer: answer), answer)
    case .storeChunk(let digest, let offset, let bytes):
      store(.append(digest, offset: offset, bytes, answer: answer), answer)
    case .storeFinish(let digest): store(.finish(digest, answer: answer), answer)
    case .adopt(let adoption):
      if !holdings.entries.contains(where: { $0.adoption == adoption && !$0.state.isFailed }) {
        if storage.submit(.adopt(adoption, answer: answer)) != nil { return }
        holdings.set(adoption, .loading)
        log.tell(.planInstalled(adoption))
      }
      send(.done, answer)
    }
  }

  private func store(_ request: StorageWork.Request, _ answer: StorageWork.Answer) {
    // Over the credit nothing is said: the client asks again.
    _ = storage.submit(request)
  }

  private func send(_ reply: AdminReply, _ answer: StorageWork.Answer) {
    if let message = try? Message(AdminCodec.encode(reply, token: answer.token)) {
      self.reply(message, to: answer.path)
    }
  }

  /// What the storage thread has done.
  func stored(_ reply: StorageWork.Reply) {
    switch reply {
    case .answer(let reply, let answer): send(reply, answer)
    case .loaded(let seat): take(seat)
    case .notLoaded(let adoption, let reason): fail(adoption, reason)
    case .restored(let seats, let failures):
      for seat in seats { take(seat) }
      for (adoption, reason) in failures { fail(adoption, reason) }
    }
  }

  private func take(_ seat: LoadedSeat) {
    let adoption = seat.adoption
    holdings.set(adoption, .ready, seat)
    submit(.install(adoption.plan, seat.program))
    step(
      .holdingReady(
        HeldPlan(facts: seat.facts, generation: adoption.generation, seat: adoption.seat, network: seat.plan.network)))
    log.tell(
      .planReady(adoption, network: seat.plan.network.name, weightsBytes: seat.program.residentBytes))
    dropOldest()
  }

  private func fail(_ adoption: Adoption, _ reason: String) {
    holdings.set(adoption, .failed(reason))
    log.tell(.planFailed(adoption, reason: reason))
  }

  /// Over the limit the oldest generation goes.
  private func dropOldest() {
    for entry in holdings.removeSurplus() {
      step(.holdingDropped(entry.adoption.plan))
      submit(.uninstall(entry.adoption.plan))
      log.tell(.planDropped(entry.adoption, network: entry.seat?.plan.network.name ?? ""))
    }
  }

  // MARK: What is told

  private func descriptions() -> [DeployedNetwork] {
    // Clients take the first: the newest of those with the fewest empty seats. One that is just being deployed would
    // give them degraded answers.
    let byUse = holdings.entries.enumerated().map { position, entry in
      (empty: mind.emptySeats(of: entry.adoption.plan, now: now) ?? .max, position: position, entry: entry)
    }
    .sorted { ($0.empty, $0.position) < ($1.empty, $1.position) }
    return byUse.compactMap { _, _, entry in
      guard let seat = entry.seat else { return nil }
      return DeployedNetwork(
        plan: entry.adoption.plan, generation: entry.adoption.generation, network: seat.plan.network,
        inputs: seat.plan.inputs, outputs: seat.plan.outputs, seatCount: seat.plan.seats.count,
        manifest: seat.manifest)
    }
  }

  /// What `systemctl status` shows.
  func statusLine() -> String {
    let alive = mind.membership.members.count { $0.state == .alive }
    let plan = holdings.entries.first.map { entry in
      let state =
        switch entry.state {
        case .loading: "loading"
        case .ready: "ready"
        case .failed: "failed"
        }
      return "seat \(entry.adoption.seat) of plan \(entry.adoption.plan.description.prefix(8)) \(state)"
    }
    let requests = "\(mind.counters.requestsAdmitted) requests admitted, \(mind.requestCount) under way"
    return "\(alive) of \(mind.membership.members.count) members alive; \(plan ?? "no plan"); \(requests)"
  }

  private func status() -> AgentStatus {
    let counters = mind.counters
    return AgentStatus(
      id: "\(mind.me)", name: configuration.name, address: advertised.description, incarnation: mind.incarnation,
      uptimeMilliseconds: uptimeMilliseconds,
      residentBytes: ProcessMemory.residentBytes(),
      memoryBytes: configuration.memoryLimit ?? ProcessMemory.machineBytes(),
      plans: holdings.entries.map { entry in
        AgentStatus.PlanStatus(
          plan: entry.adoption.plan, generation: entry.adoption.generation, seat: entry.adoption.seat,
          network: entry.seat?.plan.network.name ?? "", residentBytes: entry.seat?.program.residentBytes ?? 0,
          state: entry.state)
      },
      members: mind.membership.members.map { member in
        AgentStatus.MemberStatus(
          id: "\(member.id)", name: member.name, address: member.address, state: "\(member.state)",
          incarnation: member.incarnation, claims: HoldingClaim.decode(member.payload))
      },
      requestsAdmitted: counters.requestsAdmitted, requestsRunning: mind.requestCount,
      outcomes: Outcome.Kind.allCases.map { counters.outcomes[$0] ?? 0 }, attemptsServed: counters.attemptsServed,
      framesDropped: counters.framesDropped, memory: MemoryStatus(memory))
  }
}

extension AgentStatus.PlanStatus.State {
  var isFailed: Bool { if case .failed = self { true } else { false } }
}

/// Memory of this process and this machine.
enum ProcessMemory {
  static func residentBytes() -> Int {
    guard let text = (try? StateDirectory.readProcText("/proc/self/statm")) ?? nil else { return 0 }
    let fields = text.split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
  }

  static func machineBytes() -> Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }
}
