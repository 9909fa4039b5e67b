import Networks
import Plans

/// `edgemesh inspect`: what a network is made of, what it would cost, and what keeps it from running.
enum InspectCommand: Command {
  private static let network = Operand.one("NETWORK", NetworkFile.help)
  private static let seats = Option.defaulting(
    "seats", .integer(in: 1...PlanLimits.seats), to: 4, shown: "4", "Divides the stages between so many boards")
  private static let json = Option.flag("json", "Prints one JSON object with all figures instead of the tables")

  static let page = ManualPage(
    name: "inspect", summary: "tell what a network is made of and what keeps it from running",
    operands: [network], options: [seats, WeightsOption.option, ShapeOption.option, json],
    description: [
      "Prints the network's inputs and outputs, its operators with their parameters and multiply-accumulates (a MAC is "
        + "two FLOPs), the memory that it takes on one board, the stages into which a plan divides it, and its biggest "
        + "layers. Figures are for one request; nothing is run.",
      "Stages are shown with their rows split evenly, in order and without replicas, as edgemesh plan --strategy lop "
        + "does it. SEAT MACS are the busiest seat's, with what every seat computes for itself; SLICE is what a seat "
        + "sends of the stage's output to each that needs it, GATHERED what reaches it from the others, FLOP/B the "
        + "FLOPs of SEAT MACS to each byte gathered. The last stage reaches the gateway and its deputy alone.",
      "Where something keeps the network from running, all of it is listed, by reason and node, with the remedy where "
        + "there is one, and the exit status is 65. What follows from a problem is not listed as another.",
      "The --json object has file, bytes, digest, name, producer, opset; inputs and outputs (name, type, declared, "
        + "shape); operators (operator, in_file, run, parameters, macs); parameters (in_file, in_file_bytes, held, "
        + "held_bytes); macs, flops; memory (weight_bytes, activation_peak_bytes); layers (node, operator, shape, "
        + "parameters, macs); problems (kind, subject, operator, reason, remedy). Its member mesh has seats (seat, "
        + "rows, macs, weight_bytes, memory_bytes, sent_bytes, received_bytes, gateway_bytes), stages (name, operators, "
        + "replicated_nodes, rows, parameters, macs, exchanged_bytes, reaches_all_seats, shares) and tail (operators, "
        + "parameters, macs); a share is one seat's: rows, macs, slice_bytes, sent_bytes, received_bytes. Figures that "
        + "cannot be had because of a problem are null; where mesh alone is null, mesh_obstacle says why. A problem's "
        + "kind is one of opset, operator, type, dimension, node and graph.",
    ],
    examples: [
      .init(line: "edgemesh inspect squeezenet.onnx", explanation: "Looks at a network before planning"),
      .init(
        line: "edgemesh inspect detector.onnx --shape images=1,3,320,320 --seats 8",
        explanation: "With dimensions that the file leaves open, for eight boards"),
    ],
    exits: [.init(.badData, "the file is damaged, or something keeps its network from running"), .init(.missingInput)])

  static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
    let path = arguments[network]
    let inspection = Inspection(
      of: try NetworkFile.survey(path, shapes: arguments[ShapeOption.option]), file: path, seats: arguments[seats],
      weights: WeightsOption.value(arguments))
    if arguments[json] {
      try console.print(inspection.json)
    } else {
      try console.print(inspection.text(width: console.width))
    }
    let count = inspection.problems.count
    guard count > 0 else { return .success }
    throw Failure(
      .badData,
      "\(path): \(count) \(count == 1 ? "thing keeps" : "things keep") this network from running, listed above")
  }
}
