import Glibc
import Mesh
import Pictures
import Plans
import Runtime
import Tensors

/// `edgemesh infer`: streams requests to a mesh.
enum InferCommand: Command {
  private static let to = Option.defaulting(
    "to", .hostPorts, to: [HostPort(host: "127.0.0.1", port: Int(Endpoint.defaultPort))],
    shown: "127.0.0.1:\(Endpoint.defaultPort)",
    "Asks the first of these agents, and the others when it dies or falls silent; the mesh tells of more")
  private static let rate = Option.optional(
    "rate", ValueReader<Double>.number(in: 0.001...100_000), "Sends at most so many requests a second")
  private static let deadline = Option.defaulting(
    "deadline", .duration(in: .milliseconds(1)...(.seconds(3_600))), to: .seconds(10), shown: "10s",
    "Wants each answer within this time, whatever its kind")
  private static let window = Option.defaulting(
    "in-flight", .integer(in: 1...64), to: 2, shown: "2", "Keeps at most so many requests under way")
  static let page = ManualPage(
    name: "infer", summary: "stream inference requests to a mesh",
    operands: [InputOptions.files],
    options: [to, rate, deadline, window] + InputOptions.all,
    description: [
      "Turns each input into a request and prints its one outcome: complete (the whole network's answer), degraded "
        + "(rows of lost boards were filled in; the line names the lost seats and the share of rows for each kind of "
        + "fill), early (from an exit before the end), refused or failed. Every request ends by its deadline plus one "
        + "second.",
      "A network is deployed with its preprocessing and class names; --preprocess and --classes override them. An input "
        + "that cannot be read ends the stream: the requests under way are still answered. So does an interrupt (SIGINT, SIGTERM); a second one ends the command at "
        + "once.",
      "When the gateway dies or falls silent, what is under way is sent again, under the same request id, to the next "
        + "agent; the first outcome counts.",
      "Each --json line has: request, input, outcome, reason, latency_ms, exit, top (pairs of class and score), seats "
        + "(answered and lost), fills (share of rows for each kind), gateway, submissions, and timing_ms at the gateway "
        + "(total, compute, exchange, wait).",
    ],
    examples: [
      .init(line: "edgemesh infer cat.jpg", explanation: "Asks the mesh of the agent on this machine"),
      .init(
        line: "edgemesh infer --to board-1:7707,board-2:7707 --rate 10 --json pictures/",
        explanation: "Streams a directory, ten a second"),
    ],
    exits: [.init(.unanswered), .init(.badData), .init(.missingInput), .init(.unavailable), .init(.cannotCreate)])

  static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
    let gateways = try Endpoints.reachable(arguments[to])
    let (deployed, gateway) = try describe(gateways)
    var order = gateways
    order.removeAll { $0 == gateway }
    let manifest = Manifest(decoding: deployed.manifest)
    let source = try InputOptions.stream(arguments, for: deployed.inputs, preprocessing: manifest.preprocessing)
    let report = try ResultReport(arguments, outputs: deployed.outputs, classes: manifest.classes, console: console)
    let client = try InferenceClient(gateways: [gateway] + order, plan: deployed.plan)
    client.onGatewayChange = { from, to in console.note("edgemesh infer: \(from) is silent, going on with \(to)") }
    var stream = try RequestStream(client: client, source: source, report: report)
    let end = stream.end
    try Signals.watch { _ in end() }
    return try stream.run(
      window: arguments[window], deadlineMilliseconds: Int(arguments[deadline] / .milliseconds(1)),
      interval: arguments[rate].map { .nanoseconds(Int64(1e9 / $0)) })
  }

  /// What is deployed, asked of the first agent that has a seat in it, or of whom it knows.
  private static func describe(_ gateways: [Endpoint]) throws -> (DeployedNetwork, Endpoint) {
    var members: [String] = []
    var failure: (any Error)?
    for gateway in gateways {
      do {
        let admin = try AdminClient(to: gateway, timeoutMilliseconds: 5_000)
        if let network = try admin.describe().first { return (network, gateway) }
        members += try admin.status().members.filter { $0.state == "alive" && !$0.claims.isEmpty }.map(\.address)
      } catch { failure = error }
    }
    for member in members {
      guard let endpoint = try? Endpoint(member),
        let network = try? AdminClient(to: endpoint, timeoutMilliseconds: 5_000).describe().first
      else { continue }
      return (network, endpoint)
    }
    if let failure { throw Failure(.unavailable, "\(failure)") }
    throw Failure(.temporary, "no network is deployed on this mesh: 'edgemesh deploy NETWORK PLAN' does that")
  }
}
