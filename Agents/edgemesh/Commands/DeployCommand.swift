import Mesh
import Networks
import Pictures
import Plans
import Runtime

/// `edgemesh deploy`: cuts a network by a plan and gives each agent its seat.
enum DeployCommand: Command {
  private static let network = Operand.one(
    "NETWORK", "the network that the plan was made for: its ONNX file, or \(ShapesNetwork.name)")
  private static let planFile = Operand.one("PLAN", "plan file, made by edgemesh plan")
  private static let to = Option.defaulting(
    "to", .hostPorts, to: [HostPort(host: "127.0.0.1", port: Int(Endpoint.defaultPort))],
    shown: "127.0.0.1:\(Endpoint.defaultPort)", "Finds the mesh at the first of these agents that answers")
  private static let seats = Option.repeated(
    "seat", ValueReader<String>.text.named("N=NAME"), "Gives seat N to the agent with this name; may be repeated")
  private static let preprocess = Option.optional(
    "preprocess", ValueReader<String>.text.named("PRESET|FILE"),
    "Tells clients how pictures become the network's input (imagenet, imagenet-norm, caffe, unit, raw, or a JSON file)")
  private static let classes = Option.optional(
    "classes", ValueReader<String>.file, "Tells clients the classes' names, one a line in this file")
  private static let timeout = Option.defaulting(
    "timeout", .duration(in: .seconds(1)...(.seconds(86_400))), to: .seconds(120), shown: "2m",
    "Gives up where a seat is not ready by then")
  private static let json = Option.flag("json", "Prints one JSON object an event")

  static let page = ManualPage(
    name: "deploy", summary: "cut a network by a plan and give each agent its seat",
    operands: [network, planFile], options: [to, seats, preprocess, classes, timeout, json],
    description: [
      "Asks the mesh for its live members, gives every seat of the plan to one of them (those with most memory first, "
        + "to the seats that need most; --seat decides otherwise), sends each agent the plan and its own shard, and "
        + "waits until all report that they are ready. Files that an agent has are not sent again.",
      "Requests that run meanwhile end by the plan with which they began; the newest plan whose seats are ready serves "
        + "the later ones.",
    ],
    examples: [
      .init(
        line: "edgemesh deploy squeezenet.onnx plan.json --to board-1:7707 --preprocess caffe",
        explanation: "Deploys to the mesh of which board-1 is a member")
    ],
    exits: [
      .init(.badData), .init(.missingInput), .init(.unavailable),
      .init(.temporary, "more seats than agents, or a seat was not ready in time"),
    ])

  static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
    let planBytes = try WholeFile.read(arguments[planFile], as: "the plan", limit: PlanLimits.fileBytes)
    let plan = try Plan(decoding: planBytes)
    // Dimensions that the network's file leaves open are those that were planned with.
    let loaded = try NetworkFile.load(
      arguments[Self.network], filling: Dictionary(plan.inputs.map { ($0.name, $0.shape) }) { first, _ in first })
    try plan.check(against: loaded.network, digest: loaded.digest)
    let graph = try StageGraph(try AnalysedNetwork(loaded.network), following: plan)
    var manifest = Manifest()
    manifest.preprocessing = try arguments[preprocess].map { try Preprocessing(presetOrFile: $0) }
    manifest.classes = try arguments[classes].map { try Manifest.classNames(contentsOf: $0) }

    let deployment = Deployment(
      plan: plan, planBytes: planBytes, graph: graph, manifest: try manifest.encoded(),
      pins: try pins(arguments[seats], plan), isJSON: arguments[json], console: console)
    try deployment.run(through: try Endpoints.reachable(arguments[to])[0], timeout: arguments[timeout])
    return .success
  }

  private static func pins(_ texts: [String], _ plan: Plan) throws -> [Int: String] {
    var pins: [Int: String] = [:]
    for text in texts {
      let parts = text.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let seat = Int(parts[0]), plan.seats.indices.contains(seat) else {
        throw Failure(.usage, "--seat takes N=NAME with a seat 0 to \(plan.seats.count - 1), not \"\(text)\"")
      }
      pins[seat] = String(parts[1])
    }
    return pins
  }
}
