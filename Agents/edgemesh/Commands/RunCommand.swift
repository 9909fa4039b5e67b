import Glibc
import Mesh
import Networks
import Pictures
import Tensors

/// `edgemesh run`: one board, no mesh.
enum RunCommand: Command {
  private static let network = Operand.one("NETWORK", "ONNX file of the network")
  private static let files = Operand.any(
    "FILE", "picture (JPEG, PNG, PPM), .npy tensor, a directory of these, or - for raw frames on standard input")
  private static let preprocess = Option.optional(
    "preprocess", ValueReader<String>.text.named("PRESET|FILE"),
    "Turns pictures into the network's input this way (imagenet, imagenet-norm, caffe, unit, raw, or a JSON file)")
  private static let tensors = Option.repeated(
    "input", ValueReader<String>.text.named("NAME=FILE"), "Gives the input NAME as a .npy tensor; once an input")
  private static let output = Option.optional(
    "output", ValueReader<String>.directory, "Keeps the raw outputs as .npy files in this directory")
  private static let classes = Option.optional(
    "classes", ValueReader<String>.file, "Names the classes, one a line in this file")
  private static let labels = Option.optional(
    "labels", ValueReader<String>.file, "CSV of file name and class index: the summary tells the top-1 accuracy")
  private static let repeats = Option.defaulting(
    "repeat", .integer(in: 1...1_000_000), to: 1, shown: "1", "Goes through the inputs so many times")
  private static let frame = Option.optional(
    "frame", ValueReader<String>.text.named("WxHxC"), "Size of the raw frames on standard input, one byte a sample")
  private static let json = Option.flag("json", "Prints one JSON object a request, and a last one that sums up")

  static let page = ManualPage(
    name: "run", summary: "run a network whole on this machine, without a mesh",
    operands: [network, files], options: [preprocess, tensors, output, classes, labels, repeats, frame, json],
    description: [
      "Runs the network on each input and prints the same lines as edgemesh infer, with the outcome complete: the "
        + "reference that a mesh's answers are compared with.",
      "With --input a network with any inputs is run once on the tensors given; --output keeps what comes out.",
    ],
    examples: [
      .init(line: "edgemesh run squeezenet.onnx --preprocess caffe cat.jpg", explanation: "Classifies one picture"),
      .init(
        line: "edgemesh run network.onnx --input data=x.npy --output out/", explanation: "Runs on a raw tensor"),
    ],
    exits: [.init(.badData), .init(.missingInput), .init(.cannotCreate)])

  static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
    let loaded = try Network.load(onnx: arguments[network])
    let prepared = try PreparedNetwork(loaded.network)
    if let directory = arguments[output], mkdir(directory, 0o777) != 0, errno != EEXIST {
      throw Failure(.cannotCreate, "cannot make \(directory): \(String(cString: strerror(errno)))")
    }
    let names = try arguments[classes].map { try Manifest.classNames(contentsOf: $0) }
    let truth = try arguments[labels].map { try LabelFile(contentsOf: $0) }
    var report = WholeRun(
      network: prepared, classes: names, labels: truth, directory: arguments[output], isJSON: arguments[json],
      console: console)
    if !arguments[tensors].isEmpty {
      guard arguments[files].isEmpty else { throw Failure(.usage, "give either files or --input, not both") }
      try report.run(try named(arguments[tensors], prepared), name: "input")
    } else {
      var source = try InputStream(
        names: arguments[files], preprocessing: try arguments[preprocess].map { try Preprocessing(presetOrFile: $0) },
        shapes: prepared.inputs.map(\.shape), frame: arguments[frame], repeats: arguments[repeats])
      while let (name, tensor) = try source.read() {
        try report.run([prepared.inputs[0].name: tensor], name: name)
      }
    }
    try report.finish()
    return .success
  }

  private static func named(_ texts: [String], _ network: PreparedNetwork) throws -> [String: Tensor] {
    var inputs: [String: Tensor] = [:]
    for text in texts {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, let input = network.inputs.first(where: { $0.name == parts[0] }) else {
        let names = network.inputs.map { "\($0.name) (\($0.shape))" }.joined(separator: ", ")
        throw Failure(.usage, "--input takes NAME=FILE with one of the inputs \(names), not \"\(text)\"")
      }
      inputs[input.name] = try InputTensor.fit(try NPY.read(parts[1]), to: input.shape, name: parts[1])
    }
    return inputs
  }
}

/// A network run whole on one input after another.
private struct WholeRun {
  let network: PreparedNetwork
  let classes: [String]?
  let labels: LabelFile?
  let directory: String?
  let isJSON: Bool
  let console: Console
  private var number = 0
  private var summary = StreamSummary()
  private let start = ContinuousClock.now

  init(
    network: PreparedNetwork, classes: [String]?, labels: LabelFile?, directory: String?, isJSON: Bool,
    console: Console
  ) {
    self.network = network
    self.classes = classes
    self.labels = labels
    self.directory = directory
    self.isJSON = isJSON
    self.console = console
  }

  mutating func run(_ inputs: [String: Tensor], name: String) throws {
    let begin = ContinuousClock.now
    let outputs = try network.run(inputs)
    let microseconds = Int((ContinuousClock.now - begin) / .microseconds(1))
    if let directory { try keep(outputs, name, in: directory) }
    let first = network.outputs.first.flatMap { outputs[$0.name] }?.elements ?? []
    let timing = Timing(totalMicroseconds: microseconds, computeMicroseconds: microseconds)
    let line = AnswerLine(
      number: number, input: name, outcome: Outcome(kind: .complete, timing: timing),
      latencyMicroseconds: microseconds, scores: first, classes: classes, gateway: "", submissions: 0)
    summary.add(
      .complete, microseconds, submissions: 1, labels?[name].map { $0 == line.top.first?.index })
    if isJSON {
      try console.print(line.json)
    } else {
      if number == 0 { try console.print(AnswerLine.table.streamedTitle) }
      try console.print(AnswerLine.table.streamed(line.cells))
    }
    number += 1
  }

  mutating func finish() throws {
    summary.elapsed = ContinuousClock.now - start
    if isJSON { try console.print(summary.json) } else { try console.print(summary.line) }
  }

  private func keep(_ outputs: [String: Tensor], _ name: String, in directory: String) throws {
    let base = name.split(separator: "/").last.map(String.init) ?? name
    for output in network.outputs {
      guard let tensor = outputs[output.name] else { continue }
      let suffix = network.outputs.count > 1 ? ".\(output.name.replacing("/", with: "_"))" : ""
      try NPY.write(tensor, to: "\(directory)/\(base)\(suffix).npy")
    }
  }
}
