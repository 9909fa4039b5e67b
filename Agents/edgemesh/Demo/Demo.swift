import Glibc
import Mesh
import Networks
import Plans
import Runtime

/// The demonstration: agents start, take their seats, one is killed and comes back, and a stream of requests goes on.
struct Demo {
  let network: DemoNetwork
  let graph: StageGraph
  let plan: Plan
  /// The seat whose agent is killed.
  let victim: Int
  /// At least so many outcomes a phase.
  let requests: Int
  let interval: Duration
  let console: Console
  private let start = ContinuousClock.now

  private static let deadline = Duration.seconds(10)
  /// How long the outcomes may take to become what they should in a phase.
  private static let patience = Duration.seconds(30)

  init(
    network: DemoNetwork, graph: StageGraph, plan: Plan, victim: Int, requests: Int, interval: Duration,
    console: Console
  ) {
    self.network = network
    self.graph = graph
    self.plan = plan
    self.victim = victim
    self.requests = requests
    self.interval = interval
    self.console = console
  }

  func run() throws -> ExitCode {
    let site = try DemoSite()
    defer { site.close() }
    try tell(network.words)
    for seat in plan.seats.indices { try site.start(seat) }
    try tell(
      "\(plan.seats.count) agents listen: "
        + site.endpoints.map(\.description).joined(separator: ", "))
    try waitForMembers(site)
    let planBytes = plan.encoded()
    try deploy(planBytes, site)
    guard let digest = PlanDigest(hexadecimal: sha256Hex(planBytes)) else { throw Failure(.failure, "no digest") }

    let client = try InferenceClient(gateways: site.endpoints, plan: digest)
    client.onGatewayChange = { from, to in try? tell("the gateway \(from) is silent: the stream goes on with \(to)") }
    var stream = DemoStream(
      client: client, pictures: network.pictures, interval: interval,
      deadlineMilliseconds: Int(Self.deadline / .milliseconds(1)), report: report)
    let again = try phases(&stream, site, digest)
    try stream.finish()
    site.close()
    let summary = DemoSummary(
      tallies: stream.tallies, phaseNames: DemoStream.Phase.allCases.map(name),
      areLabelled: network.pictures.areLabelled, completeAfter: again)
    try console.print("")
    try console.print(summary.table.rendered)
    for line in summary.lines { try console.print(line) }
    return summary.status
  }

  /// Streams through the three phases. Returns the time from the restarted agent's report that it is ready to the next
  /// complete answer.
  private func phases(_ stream: inout DemoStream, _ site: DemoSite, _ digest: PlanDigest) throws -> Duration? {
    try stream.run { tally, _ in tally.requests >= requests }
    try report(.progress(.whole, stream.tally))

    try tell("\(DemoSite.name(of: victim)) is killed (SIGKILL): seat \(victim) is lost")
    site.kill(victim)
    stream.enter(.lost)
    try stream.run { tally, _ in tally.requests >= requests }
    try report(.progress(.lost, stream.tally))

    try tell("\(DemoSite.name(of: victim)) is started again")
    try site.start(victim)
    guard let endpoint = site.endpoint(of: victim) else { throw Failure(.failure, "no address") }
    let watch = try ReadinessWatch(endpoint, plan: digest, limit: Self.patience)
    let end = ContinuousClock.now + Self.patience
    // A complete answer may come before we have heard that the agent is ready.
    var completeAt: ContinuousClock.Instant?
    func note(_ outcome: Outcome?) {
      switch outcome?.kind {
      case .complete: completeAt = completeAt ?? ContinuousClock.now
      case .some: completeAt = nil
      case nil: break
      }
    }
    try stream.run { _, outcome in
      note(outcome)
      return watch.readyAt != nil || ContinuousClock.now > end
    }
    guard let readyAt = watch.readyAt else {
      throw Failure(
        .failure, "\(DemoSite.name(of: victim)) is not ready \(TimeSpan.format(Self.patience)) after its start")
    }
    try tell("\(DemoSite.name(of: victim)) reports ready")
    stream.enter(.back)
    try stream.run { tally, outcome in
      note(outcome)
      return tally.requests >= requests && (completeAt != nil || ContinuousClock.now > end)
    }
    try report(.progress(.back, stream.tally))
    return completeAt.map { max(.zero, $0 - readyAt) }
  }

  private func waitForMembers(_ site: DemoSite) throws {
    let end = ContinuousClock.now + .seconds(15)
    for endpoint in site.endpoints {
      let admin = try AdminClient(to: endpoint, timeoutMilliseconds: 5_000)
      while try admin.status().members.count(where: { $0.state == "alive" }) < plan.seats.count {
        guard ContinuousClock.now < end else {
          throw Failure(.unavailable, "the agent at \(endpoint) does not find the others")
        }
        usleep(5_000)
      }
    }
  }

  private func deploy(_ planBytes: [UInt8], _ site: DemoSite) throws {
    guard let first = site.endpoint(of: 0) else { throw Failure(.failure, "no address") }
    var quiet = console
    quiet.output = Output { _ in }
    let deployment = Deployment(
      plan: plan, planBytes: planBytes, graph: graph, manifest: try network.manifest.encoded(),
      pins: Dictionary(uniqueKeysWithValues: plan.seats.indices.map { ($0, DemoSite.name(of: $0)) }), isJSON: false,
      console: quiet)
    try deployment.run(through: first, timeout: .seconds(60))
    try tell("deployed: \(plan.stages.count) stages, every seat is ready")
  }

  private func name(_ phase: DemoStream.Phase) -> String {
    switch phase {
    case .whole: "\(plan.seats.count) agents"
    case .lost: "seat \(victim) killed"
    case .back: "back again"
    }
  }

  private func report(_ event: DemoStream.Event) throws {
    switch event {
    case .change(let outcome, let latency):
      let label = AnswerLine.label(of: outcome)
      try tell(
        "outcomes: \(outcome.kind.rawValue)" + (label.isEmpty ? "" : " (\(label))")
          + ", after \(TimeSpan.format(.microseconds(latency)))")
    case .progress(let phase, let tally): try tell("\(name(phase)): \(tally.words)")
    }
  }

  /// Prints what happens, with the seconds since the start.
  private func tell(_ line: String) throws {
    let seconds = Quantity.fixed((ContinuousClock.now - start) / .seconds(1), decimals: 2)
    try console.print(String(repeating: " ", count: max(0, 6 - seconds.count)) + "\(seconds) s  \(line)")
  }
}
