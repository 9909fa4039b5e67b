import Glibc
import Networks
import Pictures
import Planning
import Plans

/// `edgemesh demo`: a mesh of real processes on this machine, one of which is killed.
enum DemoCommand: Command {
  private static let agents = Option.defaulting(
    "agents", .integer(in: 2...16), to: 4, shown: "4", "Starts so many agents, one for each seat of the plan")
  private static let network = Option.optional(
    "network", ValueReader<String>.file,
    "Runs this ONNX file instead of the network that comes with edgemesh; needs --images")
  private static let images = Option.optional(
    "images", ValueReader<String>.text.named("FILE|DIR"),
    "Streams these pictures or .npy tensors (the first \(DemoNetwork.maximumInputs)) again and again")
  private static let preprocess = Option.optional(
    "preprocess", ValueReader<String>.text.named("PRESET|FILE"),
    "Turns the pictures into the network's input this way: "
      + Preprocessing.presets.map(\.name).joined(separator: ", ") + ", or a JSON file")
  private static let seed = Option.optional(
    "seed", ValueReader<UInt64>.seed, "Draws the pictures by this number (the time, so that they are new)")
  private static let replicate = Option.defaulting(
    "replicate", .replication(below: 16), to: 2, shown: "2",
    "Plans with so many replicas for each row: more of them cost memory on each board, and keep accuracy without one")
  private static let requests = Option.defaulting(
    "requests", .integer(in: 1...100_000), to: 100, shown: "100", "Streams at least so many requests in each phase")
  private static let rate = Option.defaulting(
    "rate", .number(in: 0.1...10_000), to: 50, shown: "50", "Sends at most so many requests a second")
  private static let kill = Option.optional(
    "kill", ValueReader<Int>.integer(in: 0...15),
    "Kills the agent with this seat (the one before the last); 0 is the gateway's")

  static let page = ManualPage(
    name: "demo", summary: "show a mesh of agents on this machine that goes on while one is killed",
    options: [agents, network, images, preprocess, seed, replicate, requests, rate, kill],
    description: [
      "Starts agents as processes of their own on the loopback interface, plans and deploys a network, and streams "
        + "requests in three phases: with all agents; after one was killed with SIGKILL, when answers are degraded and "
        + "say so; and after it was started again and has taken up its seat, when they are complete again.",
      "The network that comes with edgemesh tells ten shapes apart in cluttered colour pictures of 32x32. Each request "
        + "is a picture that is drawn just then and that the network was not trained on. As it is known what was drawn, "
        + "the accuracy is shown every second and for each phase: ACCURACY is that of the mesh's answers, ALONE that of "
        + "the whole network on one machine for the same pictures.",
      "Every answer is compared with that of the whole network on one machine: EQUAL counts those within 1e-4 of the "
        + "largest output. With --network and --images nobody says what the pictures show; SAME CLASS then counts the "
        + "answers with the same best class as the whole network's.",
      "Nothing is left behind: the agents end with the demonstration, whatever ends it, and their files are in a "
        + "temporary directory that is removed.",
    ],
    examples: [
      .init(line: "edgemesh demo", explanation: "Takes some ten seconds"),
      .init(
        line: "edgemesh demo --replicate 0.25",
        explanation: "A quarter of the rows replicated: half the weights on each board, and less accuracy without one"),
      .init(
        line: "edgemesh demo --network squeezenet.onnx --images pictures/ --preprocess caffe --kill 0",
        explanation: "A real network, and the gateway dies"),
    ],
    exits: [
      .init(.failure, "the outcomes were not those that the mesh promises"), .init(.unanswered), .init(.badData),
      .init(.missingInput), .init(.unavailable, "an agent did not start"), .init(.cannotCreate),
    ])

  static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
    guard arguments[seed] == nil || arguments[network] == nil else {
      throw Failure(.usage, "--seed draws pictures; with --network they come from --images")
    }
    let count = arguments[agents]
    let victim = arguments[kill] ?? max(0, count - 2)
    guard victim < count else { throw Failure(.usage, "--kill \(victim): the seats are 0 to \(count - 1)") }
    let network = try demoNetwork(arguments)
    let graph = StageGraph(try AnalysedNetwork(network.network))
    let name = network.network.name.isEmpty ? "network" : network.network.name
    let result = try Planner.plan(
      graph, of: NetworkReference(name: name, digest: network.digest),
      request: PlanRequest(seats: count, replicateShare: arguments[replicate]))
    let demo = Demo(
      network: network, graph: graph, plan: result.plan, victim: victim, requests: arguments[requests],
      interval: .nanoseconds(Int64(1e9 / arguments[rate])), console: console)
    return try demo.run()
  }

  private static func demoNetwork(_ arguments: Arguments) throws -> DemoNetwork {
    guard let path = arguments[network] else {
      guard arguments[images] == nil, arguments[preprocess] == nil else {
        throw Failure(.usage, "--images and --preprocess need --network FILE")
      }
      return try DemoNetwork(seed: arguments[seed] ?? UInt64(time(nil)))
    }
    guard let images = arguments[images] else { throw Failure(.usage, "--network needs --images FILE|DIR") }
    return try DemoNetwork(
      network: path, images: [images],
      preprocessing: try arguments[preprocess].map { try Preprocessing(presetOrFile: $0) }, classes: nil)
  }
}
