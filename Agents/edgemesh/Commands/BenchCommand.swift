import Glibc
import Networks
import Tensors

/// `edgemesh bench`: how fast a network runs on this machine alone, and how near that is to what the machine can do.
enum BenchCommand: Command {
  private static let network = Operand.one("NETWORK", "ONNX file of the network, or the name of an example")
  private static let threads = Option.defaulting(
    "threads", .integer(in: 1...64), to: 1, shown: "1", "Computes with so many threads")
  private static let seconds = Option.defaulting(
    "seconds", .number(in: 0.01...3600), to: 3, shown: "3", "Measures runs for so long, and ten runs at least")
  private static let isa = Option.optional(
    "isa", .choice(InstructionSet.allCases.map(\.rawValue)), "Computes with this instruction set instead of the best")
  private static let json = Option.flag("json", "Prints one JSON object instead of the table")

  static let page = ManualPage(
    name: "bench", summary: "measure how fast a network runs on this machine alone",
    operands: [network], options: [threads, seconds, isa, ShapeOption.option, json],
    description: [
      "Runs the network on seeded random inputs, one sample a run, and prints the time of each step (a node, or several "
        + "that are computed as one), the whole network's, and the memory that the process had resident.",
      "RATE counts a multiply-accumulate as two operations, whatever algorithm saves some of them; OF LIMIT is the share "
        + "of the multiply-add peak that these threads reach on numbers in registers, measured right after the runs. "
        + "Where weights and maps could not be brought from memory as fast, RATE is in bytes and OF LIMIT the share of "
        + "the memory's reading bandwidth; more than 100 % says that caches had them. Steps are timed in runs of their "
        + "own, which are a little longer than others.",
      "The --json object has network, instruction_set, threads; median_ms, min_ms, p90_ms, runs; load_ms (from the start "
        + "to the first answer) and its parts read_ms, prepare_ms, first_run_ms; peak_rss_mb (of the whole process, in "
        + "MiB), weight_mb, activation_peak_mb; gflops, share_of_peak, peak_gflops, memory_gb_s; and others_processors: "
        + "how many processors other programs kept busy meanwhile. Figures with more than 0.1 there are of little worth.",
      "Where there is no such file, NETWORK may be an example's name: \(examples.map(\.name).joined(separator: ", ")).",
    ],
    examples: [
      .init(line: "edgemesh bench resnet50.onnx --threads 2", explanation: "Where the time goes"),
      .init(
        line: "taskset -c 0 edgemesh bench resnet50.onnx --seconds 10 --json",
        explanation: "One line for a script, on one processor"),
    ],
    exits: [.init(.badData), .init(.missingInput)])

  static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
    let began = ContinuousClock.now
    if let name = arguments[isa] { try choose(name) }
    guard arguments[threads] == 1 else { throw Failure(.usage, "--threads: networks run on one thread so far") }
    let benchmark = try Benchmark(
      threads: arguments[threads], seconds: arguments[seconds], timingSteps: !arguments[json], began: began
    ) { try read(arguments[network], shapes: arguments[ShapeOption.option]) }
    if arguments[json] {
      try console.print(benchmark.json)
    } else {
      try console.print(benchmark.text)
    }
    return .success
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
    return try NetworkFile.load(path, shapes: shapes).network
  }
}
