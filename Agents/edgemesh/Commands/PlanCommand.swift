import Networks
import Planning
import Plans

/// `edgemesh plan`: decides who computes which rows.
enum PlanCommand: Command {
  private static let network = Operand.one("NETWORK", NetworkFile.help)
  private static let seats = Option.required(
    "seats", .integer(in: 1...PlanLimits.seats), "Plans for so many boards")
  private static let replicate = Option.defaulting(
    "replicate", .replication(below: PlanLimits.seats), to: PlanRequest.defaultReplicateShare,
    shown: "0.25",
    "Replicates this share of each stage's rows, as near as similar rows allow; seats - 1 is every row everywhere")
  private static let memory = Option.optional(
    "memory", ValueReader<Int>.bytes, "Refuses a plan that needs more memory than this on any seat")
  private static let strategy = Option.defaulting(
    "strategy", .choice(PlanningStrategies.all.map { $0.name }), to: PlanningStrategies.defaultName,
    shown: PlanningStrategies.defaultName,
    PlanningStrategies.all.map { "\($0.name): \($0.summary)" }.joined(separator: "; "))
  private static let output = Option<String>.required("output", .file, "Writes the plan to this file").letter("o")
  private static let json = Option.flag("json", "Prints one JSON object a seat instead of the table")

  static let page = ManualPage(
    name: "plan", summary: "decide which board computes which rows of a network",
    operands: [network],
    options: [seats, replicate, memory, strategy, WeightsOption.option, ShapeOption.option, output, json],
    description: [
      "Divides the network into stages, each of which ends in an exchange between the boards, and gives every row (an "
        + "output channel) of every stage an owner and some rows replicas on other boards. The same network and options "
        + "give the same file on every machine.",
      "With --weights bf16 or f16 the weights of convolutions and linear layers take half the disk, the wire and the "
        + "memory, and layers that are read once a request half the time. Both round: bf16 keeps the range of f32 and 8 "
        + "bits of precision, f16 11 bits of numbers between 0.00006 and 65,504.",
      "Prints for each seat its rows, replica rows, bytes of weights, floating-point operations and the bytes that it "
        + "sends and receives for one request.",
    ],
    examples: [
      .init(line: "edgemesh plan squeezenet.onnx --seats 4 -o plan.json", explanation: "A plan for four boards"),
      .init(
        line: "edgemesh plan alexnet.onnx --seats 2 --weights bf16 -o plan.json",
        explanation: "With weights of 16 bits, in half the memory"),
      .init(
        line: "edgemesh plan vgg16.onnx --seats 3 --replicate 1 --memory 512M -o plan.json",
        explanation: "One further copy of every row, where 512 MiB a board allow it"),
    ],
    exits: [.init(.badData), .init(.missingInput), .init(.cannotCreate)])

  static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
    let loaded = try NetworkFile.load(arguments[network], shapes: arguments[ShapeOption.option])
    let graph = StageGraph(try AnalysedNetwork(loaded.network))
    let request = PlanRequest(
      seats: arguments[seats], replicateShare: arguments[replicate], memoryBytesPerSeat: arguments[memory],
      weightType: WeightsOption.value(arguments))
    let name = loaded.network.name.isEmpty ? "network" : loaded.network.name
    let result = try Planner.plan(
      graph, of: NetworkReference(name: name, digest: loaded.digest), request: request,
      strategy: PlanningStrategies.named(arguments[strategy]))
    try WholeFile.write(result.plan.encoded(), to: arguments[output], as: "the plan")
    if arguments[json] {
      for seat in result.seats { try console.print(encode(seat)) }
    } else {
      try console.print(
        "\(name): \(graph.stages.count) stages over \(request.seats) seats, strategy \(arguments[strategy])")
      try console.print(table(result.seats))
      try console.print("plan \(sha256Hex(result.plan.encoded()).prefix(8)) written to \(arguments[output])")
    }
    return .success
  }

  private static func table(_ seats: [SeatSummary]) -> String {
    var table = TextTable([
      .right("SEAT"), .right("ROWS"), .right("REPLICAS"), .right("WEIGHTS"), .right("MEMORY"), .right("FLOP"),
      .right("REPLICA FLOP"), .right("SENDS"), .right("RECEIVES"),
    ])
    for seat in seats {
      table.append([
        "\(seat.seat)", "\(seat.rows)", "\(seat.replicaRows)", ByteSize.format(seat.weightBytes),
        ByteSize.format(seat.memoryBytes), Quantity.counted(seat.flops), Quantity.counted(seat.replicaFLOPs),
        ByteSize.format(seat.sentBytes), ByteSize.format(seat.receivedBytes),
      ])
    }
    return table.rendered
  }

  private static func encode(_ seat: SeatSummary) -> JSON {
    [
      "seat": .integer(Int64(seat.seat)), "rows": .integer(Int64(seat.rows)),
      "replica_rows": .integer(Int64(seat.replicaRows)), "weight_bytes": .integer(Int64(seat.weightBytes)),
      "flops": .integer(Int64(seat.flops)), "replica_flops": .integer(Int64(seat.replicaFLOPs)),
      "sent_bytes": .integer(Int64(seat.sentBytes)),
      "received_bytes": .integer(Int64(seat.receivedBytes)), "memory_bytes": .integer(Int64(seat.memoryBytes)),
    ]
  }
}
