import Mesh
import Networks
import Plans
import Tensors

/// `edgemesh run`: a whole network on this machine, without a mesh.
enum RunCommand: Command {
  private static let network = Operand.one("NETWORK", NetworkFile.help)

  static let page = ManualPage(
    name: "run", summary: "run a whole network on this machine, without a mesh",
    operands: [network, InputOptions.files],
    options: InputOptions.all + [ShapeOption.option, WeightsOption.option, ThreadsOption.option],
    description: [
      "Runs every input through the network, without any agent, and prints the best classes: what a "
        + "mesh must answer, and what it is measured against.",
      "Each --json line has the fields that those of edgemesh infer have. The outcome is always complete; seats and "
        + "fills are empty, for there are none; the latency is the network's alone, without reading and preprocessing.",
    ],
    examples: [
      .init(line: "edgemesh run squeezenet.onnx --preprocess caffe cat.jpg", explanation: "Classifies a picture"),
      .init(
        line: "edgemesh run unet.onnx --input image=x.npy --input mask=m.npy --output results",
        explanation: "Gives any network its tensors, and keeps what it makes of them"),
      .init(
        line: "edgemesh run net.onnx --preprocess imagenet --labels labels.csv pictures/",
        explanation: "Measures the accuracy"),
    ],
    exits: [.init(.badData), .init(.missingInput), .init(.cannotCreate)])

  static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
    let network = try NetworkFile.read(arguments[network], shapes: arguments[ShapeOption.option])
    let inputs = network.inputs.map { PlanValue(name: $0.name, shape: $0.shape) }
    let outputs = network.outputs.map { PlanValue(name: $0.name, shape: $0.shape) }
    var stream = try InputOptions.stream(arguments, for: inputs, preprocessing: nil)
    var report = try ResultReport(arguments, outputs: outputs, classes: nil, console: console)
    let prepared = try PreparedNetwork(consume network, weights: WeightsOption.value(arguments))
    let arena = Arena(threads: ThreadsOption.value(arguments))
    let start = ContinuousClock.now
    var number = 0
    while let item = try stream.read() {
      let named = Dictionary(zip(inputs.map(\.name), item.tensors)) { first, _ in first }
      let began = ContinuousClock.now
      let results = try prepared.run(named, in: arena)
      let microseconds = Int((ContinuousClock.now - began) / .microseconds(1))
      let outcome = Outcome(
        kind: .complete, timing: Timing(totalMicroseconds: microseconds, computeMicroseconds: microseconds))
      try report.add(
        item, number: number, outcome: outcome, latencyMicroseconds: microseconds,
        outputs: outputs.map { results[$0.name]?.elements ?? [] })
      number += 1
    }
    return try report.finish(after: ContinuousClock.now - start)
  }
}
