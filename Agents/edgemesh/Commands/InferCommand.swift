import Glibc
import Mesh
import Pictures
import Plans
import Runtime
import Tensors

/// `edgemesh infer`: streams requests to a mesh.
enum InferCommand: Command {
  private static let inputs = Operand.any(
    "FILE", "picture (JPEG, PNG, PPM), .npy tensor, a directory of these, or - for raw frames on standard input")
  private static let to = Option.defaulting(
    "to", .hostPorts, to: [HostPort(host: "127.0.0.1", port: Int(Endpoint.defaultPort))],
    shown: "127.0.0.1:\(Endpoint.defaultPort)",
    "Asks the first of these agents, and the others when it dies or falls silent; the mesh tells of more")
  private static let preprocess = Option.optional(
    "preprocess", ValueReader<String>.text.named("PRESET|FILE"),
    "Turns pictures into the network's input this way, instead of the deployed network's own")
  private static let rate = Option.optional(
    "rate", ValueReader<Double>.number(in: 0.001...100_000), "Sends at most so many requests a second")
  private static let deadline = Option.defaulting(
    "deadline", .duration(in: .milliseconds(1)...(.seconds(3_600))), to: .seconds(10), shown: "10s",
    "Wants each answer within this time, whatever its kind")
  private static let window = Option.defaulting(
    "in-flight", .integer(in: 1...64), to: 2, shown: "2", "Keeps at most so many requests under way")
  private static let repeats = Option.defaulting(
    "repeat", .integer(in: 1...1_000_000), to: 1, shown: "1", "Goes through the inputs so many times")
  private static let frame = Option.optional(
    "frame", ValueReader<String>.text.named("WxHxC"), "Size of the raw frames on standard input, one byte a sample")
  private static let output = Option.optional(
    "output", ValueReader<String>.directory, "Keeps the raw outputs as .npy files in this directory")
  private static let labels = Option.optional(
    "labels", ValueReader<String>.file, "CSV of file name and class index: the summary tells the top-1 accuracy")
  private static let json = Option.flag("json", "Prints one JSON object a request, and a last one that sums up")

  static let page = ManualPage(
    name: "infer", summary: "stream inference requests to a mesh",
    operands: [inputs],
    options: [to, preprocess, rate, deadline, window, repeats, frame, output, labels, json],
    description: [
      "Turns each input into a request and prints its one outcome: complete (the whole network's answer), degraded "
        + "(rows of lost boards were filled in; the line names the lost seats and the share of rows for each kind of "
        + "fill), early (from an exit before the end), refused or failed. Every request ends by its deadline plus one "
        + "second.",
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
    let source = try InputStream(
      names: arguments[inputs],
      preprocessing: try arguments[preprocess].map { try Preprocessing(presetOrFile: $0) }
        ?? manifest.preprocessing, shapes: deployed.inputs.map(\.shape), frame: arguments[frame],
      repeats: arguments[repeats])
    let client = try InferenceClient(gateways: [gateway] + order, plan: deployed.plan)
    client.onGatewayChange = { from, to in console.note("edgemesh infer: \(from) is silent, going on with \(to)") }
    var stream = RequestStream(
      client: client, source: source, deployed: deployed, classes: manifest.classes,
      labels: try arguments[labels].map { try LabelFile(contentsOf: $0) }, outputDirectory: arguments[output],
      isJSON: arguments[json], console: console)
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
