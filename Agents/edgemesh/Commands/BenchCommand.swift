import Glibc
import Networks
import Plans
import Tensors

/// `edgemesh bench`: how fast a network runs on this machine alone, and how near that is to what the machine can do.
enum BenchCommand: Command {
  private static let network = Operand.optional(
    "NETWORK", NetworkFile.help + "; or an untrained example's name; not with --profile")
  private static let threads = Option.defaulting(
    "threads", .integer(in: 1...64), to: 1, shown: "1", "Computes with so many threads")
  private static let seconds = Option.defaulting(
    "seconds", .number(in: 0.01...3600), to: 3, shown: "3", "Measures runs for so long, and ten runs at least")
  private static let isa = Option.optional(
    "isa", .choice(InstructionSet.allCases.map(\.rawValue)), "Computes with this instruction set instead of the best")
  private static let json = Option.flag("json", "Prints one JSON object instead of the table")

  private static let rows = Option.optional(
    "rows", .percentages, "Instead times so many percent of every stage's rows against the whole stage")
  private static let profile = Option.optional(
    "profile", ValueReader<String>.file, "Instead measures this board and writes its profile to this file")
  private static let peers = Option.repeated(
    "peer", ValueReader<HostPort>.hostPort, "With --profile: measures the way to this agent, too")
  private static let predict = Option.optional(
    "predict", ValueReader<String>.file.named("PROFILE"),
    "Instead compares each stage's time with what the cost model says by this profile")

  static let page = ManualPage(
    name: "bench", summary: "measure how fast a network runs on this machine alone",
    operands: [network],
    options: [threads, seconds, isa, WeightsOption.option, ShapeOption.option, json, rows, predict, profile, peers],
    description: [
      "Runs the network on seeded random inputs, one sample a run, and prints the time of each step (a node, or several "
        + "that are computed as one), the whole network's, and the memory that the process had resident.",
      "RATE counts a multiply-accumulate as two operations, whatever algorithm saves some of them; OF LIMIT is the share "
        + "of the multiply-add peak that these threads reach on numbers in registers, measured right after the runs. "
        + "Where weights and maps could not be brought from memory as fast, RATE is in bytes and OF LIMIT the share of "
        + "the memory's reading bandwidth; more than 100 % says that caches had them. Steps are timed in runs of their "
        + "own, which are a little longer than others.",
      "The --json object has network, instruction_set, weight_type, threads; median_ms, min_ms, p90_ms, runs; load_ms (from the start "
        + "to the first answer) and its parts read_ms, prepare_ms, first_run_ms; peak_rss_mb (of the whole process, in "
        + "MiB), weight_mb, activation_peak_mb; gflops, share_of_peak, peak_gflops, memory_gb_s; and others_processors: "
        + "how many processors other programs kept busy meanwhile. Figures with more than 0.1 there are of little worth.",
      "--profile writes what a planner must know of the board: peak, memory and caches, how fast each kind of operator is "
        + "by its extents, and the round trip to the agents that are named (Protocol/board-profile.md). That takes a "
        + "minute or so, on slow boards several. --predict shows how well the cost model foretells a network's stages "
        + "from it.",
      "Where there is no such file, NETWORK may be the name of an untrained example: \(examples.map(\.name).joined(separator: ", ")).",
    ],
    examples: [
      .init(line: "edgemesh bench resnet50.onnx --threads 2", explanation: "Where the time goes"),
      .init(
        line: "taskset -c 0 edgemesh bench resnet50.onnx --seconds 10 --json",
        explanation: "One line for a script, on one processor"),
      .init(line: "edgemesh bench resnet50.onnx --rows 25,50,75", explanation: "What a seat with fewer rows saves"),
      .init(
        line: "edgemesh bench --profile board-1.json --peer board-2:7707",
        explanation: "What a planner must know of this board"),
    ],
    exits: [.init(.badData), .init(.missingInput), .init(.unavailable), .init(.cannotCreate)])

  static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
    let began = ContinuousClock.now
    if let name = arguments[isa] { try choose(name) }
    if let path = arguments[profile] {
      guard arguments[network] == nil else { throw page.usage("--profile takes no NETWORK: it measures the board") }
      return try writeProfile(to: path, arguments, console)
    }
    guard arguments[peers].isEmpty else { throw page.usage("--peer goes with --profile") }
    guard let network = arguments[network] else { throw page.usage("NETWORK is missing: what to measure") }
    func read() throws -> Network { try Self.read(network, shapes: arguments[ShapeOption.option]) }
    if let shares = arguments[rows] {
      try console.print(
        SliceBenchmark(
          try read(), shares: shares, threads: arguments[threads], seconds: arguments[seconds],
          weights: WeightsOption.value(arguments)
        ).text)
      return .success
    }
    guard arguments[predict] == nil || WeightsOption.value(arguments) == .float32 else {
      throw page.usage("--predict is of f32 weights: profiles are measured with these")
    }
    // Read first: a wrong file is to be said at once.
    let board = try arguments[predict].map(readProfile)
    let benchmark = try Benchmark(
      threads: arguments[threads], seconds: arguments[seconds], weights: WeightsOption.value(arguments),
      timingSteps: !arguments[json], began: began,
      reading: read)
    if let board {
      let graph = StageGraph(try AnalysedNetwork(try read()))
      try console.print(Prediction(of: benchmark, by: board, graph: graph).text)
    } else if arguments[json] {
      try console.print(benchmark.json)
    } else {
      try console.print(benchmark.text)
    }
    return .success
  }

  private static func writeProfile(to path: String, _ arguments: Arguments, _ console: Console) throws -> ExitCode {
    let measurement = BoardMeasurement(threads: arguments[threads]) { console.note("measuring \($0)") }
    let profile = try measurement.profile(peers: arguments[peers])
    try WholeFile.write(profile.encoded(), to: path, as: "the profile")
    try console.print(
      "\(path): \(profile.instructionSet), \(profile.threads) \(profile.threads == 1 ? "thread" : "threads"), "
        + "\(Quantity.threeDigits(Double(profile.peakOperationsPerSecond) * 1e-9)) GFLOP/s at most, "
        + "\(profile.curves.count) curves")
    return .success
  }

  private static func readProfile(_ path: String) throws -> BoardProfile {
    let bytes = try WholeFile.read(path, as: "the profile", limit: BoardProfileLimits.fileBytes)
    do throws(BoardProfileError) { return try BoardProfile(decoding: bytes) } catch {
      throw Failure(.badData, "\(path): \(error)")
    }
  }

  /// The set in use is read once, from the environment, by the first who asks.
  private static func choose(_ name: String) throws(Failure) {
    setenv("EDGEMESH_ISA", name, 1)
    guard InstructionSet.current.rawValue == name else {
      throw Failure(
        .usage,
        "--isa: this machine cannot run \(name); it can "
          + InstructionSet.available.map(\.rawValue).joined(separator: ", "))
    }
  }

  private static let examples: [(name: String, make: @Sendable () throws -> Network)] = [
    ("small", { try ExampleNetworks.small() }),
    ("squeezing", { try ExampleNetworks.squeezing() }),
    ("padded-shortcut", { try ExampleNetworks.residualWithPaddedShortcut() }),
    ("projection-shortcut", { try ExampleNetworks.residualWithProjection() }),
    ("inverted-residual", { try ExampleNetworks.invertedResidual() }),
    ("dense", { try ExampleNetworks.convolutionsThenDense() }),
    ("convnext", { try ExampleNetworks.convNeXt() }),
    ("shuffling", { try ExampleNetworks.shuffling() }),
    ("sequence", { try ExampleNetworks.sequence() }),
    ("encoder-decoder", { try ExampleNetworks.encoderDecoder() }),
    ("frames", { try ExampleNetworks.frames() }),
    ("tokens", { try ExampleNetworks.tokens() }),
  ]

  private static func read(_ path: String, shapes: [InputShape]) throws -> Network {
    if access(path, F_OK) != 0, let example = examples.first(where: { $0.name == path }) { return try example.make() }
    return try NetworkFile.read(path, shapes: shapes)
  }
}

extension ValueReader where Value == [Double] {
  /// Percentages, separated by commas, as shares.
  fileprivate static var percentages: ValueReader {
    ValueReader("PERCENT[,PERCENT...]") { text throws(Rejection) in
      let shares = text.split(separator: ",", omittingEmptySubsequences: false).compactMap { Double($0) }
      guard !shares.isEmpty, shares.count <= 32, shares.allSatisfy({ $0 > 0 && $0 <= 100 }),
        shares.count == text.split(separator: ",", omittingEmptySubsequences: false).count
      else { throw Rejection(expected: "percentages above 0 and up to 100, such as 25,50,75") }
      return shares.map { $0 / 100 }
    }
  }
}
