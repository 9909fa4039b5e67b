import Glibc
import Pictures
import Tensors

/// The inputs of a stream of requests, one after another: files, or raw frames from standard input.
struct InputStream {
  private let sources: [InputSource]
  private let preprocessing: Preprocessing?
  private let shapes: [Shape]
  private var frames: FrameReader?
  private var next = 0
  private var passesLeft: Int
  private var frameCount = 0

  init(names: [String], preprocessing: Preprocessing?, shapes: [Shape], frame: String?, repeats: Int) throws {
    guard shapes.count == 1 else {
      throw Failure(.usage, "the network has \(shapes.count) inputs: 'edgemesh run --input NAME=FILE' takes several")
    }
    sources = try InputList.expand(names)
    guard !sources.isEmpty else { throw Failure(.usage, "no inputs: name pictures, .npy files, a directory or -") }
    self.preprocessing = preprocessing
    self.shapes = shapes
    passesLeft = repeats
    if sources.contains(.standardInput) {
      guard let frame else { throw Failure(.usage, "raw frames need their size: --frame WxHxC, such as 224x224x3") }
      let parts = frame.split(separator: "x").map { Int($0) }
      guard parts.count == 3, let width = parts[0], let height = parts[1], let channels = parts[2] else {
        throw Failure(.usage, "--frame takes WxHxC, such as 224x224x3, not \"\(frame)\"")
      }
      frames = try FrameReader(descriptor: STDIN_FILENO, width: width, height: height, channels: channels)
    }
  }

  /// How many inputs there are, where that is known.
  var count: Int? { frames == nil ? sources.count * passesLeft : nil }

  /// The next input with its name; nil at the end.
  mutating func read() throws -> (name: String, tensor: Tensor)? {
    if next == sources.count {
      passesLeft -= 1
      next = 0
    }
    guard passesLeft > 0 else { return nil }
    let source = sources[next]
    switch source {
    case .standardInput:
      guard let picture = try frames?.next() else {
        next = sources.count
        passesLeft = 1
        return try read()
      }
      frameCount += 1
      let name = "frame-\(frameCount)"
      guard let preprocessing else { throw Self.missingPreprocessing }
      return (name, try preprocessing.tensor(from: picture, for: shapes[0], name: name))
    case .file(let path):
      next += 1
      guard let preprocessing = preprocessing ?? (path.hasSuffix(".npy") ? .raw : nil) else {
        throw Self.missingPreprocessing
      }
      return (path, try InputTensor.load(path, preprocessing: preprocessing, shape: shapes[0]))
    }
  }

  private static let missingPreprocessing = Failure(
    .usage,
    "how pictures become the network's input is not known: give --preprocess "
      + Preprocessing.presets.map(\.name).joined(separator: ", ") + " or a JSON file")
}

/// The true classes of inputs, by file name.
struct LabelFile {
  private var classes: [String: Int] = [:]

  /// Reads lines `FILE,INDEX`; a first line without a number is a heading.
  init(contentsOf path: String) throws {
    let names = try Manifest.classNames(contentsOf: path)
    for (index, line) in names.enumerated() where !line.isEmpty {
      let parts = line.split(separator: ",")
      guard parts.count == 2, let label = Int(parts[1]) else {
        if index == 0 { continue }
        throw Failure(.badData, "\(path), line \(index + 1): expected FILE,INDEX")
      }
      classes[String(parts[0])] = label
    }
  }

  subscript(path: String) -> Int? { classes[path.split(separator: "/").last.map(String.init) ?? path] }
}
