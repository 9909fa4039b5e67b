import Glibc
import Pictures
import Plans
import Tensors

/// The options and operands by which `run` and `infer` take inputs and give results.
enum InputOptions {
  static let files = Operand.any(
    "FILE", "picture (JPEG, PNG, PPM, PGM), .npy tensor, a directory of these, or - for raw frames on standard input")
  static let preprocess = Option.optional(
    "preprocess", ValueReader<String>.text.named("PRESET|FILE"),
    "Turns pictures into the network's input this way: "
      + Preprocessing.presets.map(\.name).joined(separator: ", ") + ", or a JSON file")
  static let inputs = Option.repeated(
    "input", ValueReader<String>.text.named("NAME=FILE"),
    "Takes the network's input NAME from this file, for networks with several inputs or none that a picture fits; all "
      + "inputs together make one request")
  static let repeats = Option.defaulting(
    "repeat", .integer(in: 1...1_000_000), to: 1, shown: "1", "Goes through the inputs so many times")
  static let frame = Option.optional(
    "frame", ValueReader<String>.text.named("WxHxC"), "Size of the raw frames on standard input, one byte a sample")
  static let output = Option.optional(
    "output", ValueReader<String>.directory,
    "Keeps the raw outputs in this directory, one .npy file for each input and output")
  static let classes = Option.optional(
    "classes", ValueReader<String>.file, "Names the classes: one name a line, in the order of their indices")
  static let labels = Option.optional(
    "labels", ValueReader<String>.file, "CSV of file name and class index: the summary tells the top-1 accuracy")
  static let json = Option.flag("json", "Prints one JSON object a request, and a last one that sums up")

  static let all: [any OptionDeclaration] = [
    preprocess, inputs, repeats, frame, output, classes, labels, json,
  ]

  /// The inputs that a command line names, for a network that takes `values`.
  static func stream(_ arguments: Arguments, for values: [PlanValue], preprocessing: Preprocessing?) throws
    -> InputStream
  {
    let preprocessing = try arguments[preprocess].map { try Preprocessing(presetOrFile: $0) } ?? preprocessing
    let named = arguments[inputs]
    let names = arguments[files]
    guard named.isEmpty || names.isEmpty else {
      throw Failure(.usage, "inputs are given by name (--input) or as files, not both")
    }
    let repeats = arguments[repeats]
    if !named.isEmpty {
      return InputStream(request: try tensors(named, values, preprocessing), repeats: repeats)
    }
    guard values.count == 1, let value = values.first else {
      throw Failure(
        .usage,
        "the network has \(values.count) inputs: give each with --input NAME=FILE ("
          + values.map { "\($0.name) \($0.shape)" }.joined(separator: ", ") + ")")
    }
    let sources = try InputList.expand(names)
    guard !sources.isEmpty else {
      throw Failure(.usage, "no inputs: name pictures, .npy files, a directory or - for raw frames on standard input")
    }
    if arguments[output] != nil { try checkNames(sources) }
    let reader = sources.contains(.standardInput) ? try frames(arguments[frame]) : nil
    return InputStream(
      sources: sources, frames: reader, preprocessing: preprocessing, shape: value.shape, repeats: repeats)
  }

  /// Refuses files whose outputs would overwrite each other.
  private static func checkNames(_ sources: [InputSource]) throws(Failure) {
    var seen: Set<String> = []
    for source in sources where !seen.insert(ResultFiles.baseName(source.description)).inserted {
      throw Failure(
        .usage,
        "two inputs are called \(ResultFiles.baseName(source.description)), so one's outputs would overwrite the "
          + "other's: take them one after the other, each with its own --output")
    }
  }

  private static func frames(_ size: String?) throws -> FrameReader {
    guard let size else { throw Failure(.usage, "raw frames need their size: --frame WxHxC, such as 224x224x3") }
    let parts = size.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 3, let width = parts[0], let height = parts[1], let channels = parts[2] else {
      throw Failure(.usage, "--frame takes WxHxC, such as 224x224x3, not \"\(size)\"")
    }
    return try FrameReader(descriptor: STDIN_FILENO, width: width, height: height, channels: channels)
  }

  /// One tensor for each of the network's inputs, in its order.
  private static func tensors(_ texts: [String], _ values: [PlanValue], _ preprocessing: Preprocessing?) throws
    -> InputStream.Item
  {
    var given: [String: Tensor] = [:]
    var paths: [String] = []
    for text in texts {
      let parts = text.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { throw Failure(.usage, "--input takes NAME=FILE, not \"\(text)\"") }
      guard let value = values.first(where: { $0.name == parts[0] }) else {
        throw Failure(
          .usage,
          "the network has no input \"\(parts[0])\"; its inputs are "
            + values.map { "\($0.name) \($0.shape)" }.joined(separator: ", "))
      }
      let path = String(parts[1])
      guard given[value.name] == nil else { throw Failure(.usage, "--input \(value.name) is given twice") }
      given[value.name] = try InputTensor.load(path, preprocessing: preprocessing, shape: value.shape)
      paths.append(path)
    }
    var tensors: [Tensor] = []
    for value in values {
      guard let tensor = given[value.name] else {
        throw Failure(.usage, "the input \(value.name) \(value.shape) is missing: --input \(value.name)=FILE")
      }
      tensors.append(tensor)
    }
    return InputStream.Item(name: paths.count == 1 ? paths[0] : "inputs", tensors: tensors)
  }
}
