import Networks
import Pictures
import Plans
import Tensors

/// What the demonstration runs: a network, its inputs, and what one machine alone answers to them.
struct DemoNetwork {
  struct Input {
    var tensors: [Tensor]
    /// The first output of the whole network.
    var reference: [Float]
    var bestClass: Int?
  }

  let network: Network
  let digest: String
  let manifest: Manifest
  let inputs: [Input]
  /// A line about what it is.
  let words: String

  /// Pictures taken from a directory at most.
  static let maximumInputs = 64
  static let defaultSeed: UInt64 = 1

  /// The small network with seeded weights, written and read as a file would be, and seeded pictures.
  init() throws {
    let bytes = try ExampleNetworks.small(seed: Self.defaultSeed).onnx()
    network = try Network(onnx: bytes).simplified()
    digest = sha256Hex(bytes)
    manifest = Manifest()
    var random = SeededGenerator(seed: Self.defaultSeed)
    let given = network.inputs.map { input in (0..<32).map { _ in Self.picture(input.shape, &random) } }
    inputs = try Self.answered((0..<32).map { index in given.map { $0[index] } }, by: network)
    words = "\(network.name): seeded random weights, not trained, so its classes mean nothing"
  }

  /// A network and pictures of the user's.
  init(network path: String, images: [String], preprocessing: Preprocessing?, classes: [String]?) throws {
    let loaded = try NetworkFile.load(path)
    network = loaded.network
    digest = loaded.digest
    manifest = Manifest(preprocessing: preprocessing, classes: classes)
    guard network.inputs.count == 1, let shape = network.inputs.first?.shape else {
      throw Failure(.usage, "the demonstration takes networks with one input; \(path) has \(network.inputs.count)")
    }
    let sources = try InputList.expand(images).prefix(Self.maximumInputs)
    guard !sources.isEmpty else { throw Failure(.usage, "--network needs --images DIR with pictures or .npy tensors") }
    var stream = InputStream(
      sources: Array(sources), frames: nil, preprocessing: preprocessing, shape: shape, repeats: 1)
    var tensors: [[Tensor]] = []
    while let item = try stream.read() { tensors.append(item.tensors) }
    inputs = try Self.answered(tensors, by: network)
    words = "\(network.name) from \(path), \(inputs.count) pictures"
  }

  /// A slope of random direction with noise upon it.
  private static func picture(_ shape: Shape, _ random: inout SeededGenerator) -> Tensor {
    let strides = shape.strides
    let slopes = shape.dimensions.map { 2 * random.nextFloat() / Float($0) }
    return Tensor(
      shape: shape,
      elements: (0..<shape.elementCount).map { index in
        var value = random.nextFloat() * 0.3
        for (axis, slope) in slopes.enumerated() { value += slope * Float(index / strides[axis] % shape[axis]) }
        return value
      })
  }

  private static func answered(_ inputs: [[Tensor]], by network: Network) throws -> [Input] {
    let whole = try PreparedNetwork(network)
    return try inputs.map { tensors in
      let given = Dictionary(zip(network.inputs.map(\.name), tensors)) { first, _ in first }
      let outputs = try whole.run(given)
      let reference = network.outputs.first.flatMap { outputs[$0.name] }?.elements ?? []
      return Input(tensors: tensors, reference: reference, bestClass: AnswerLine.best(reference, 1).first)
    }
  }
}

extension DemoNetwork.Input {
  /// Whether `output` is the whole network's within 1e-4 of the largest magnitude, as a mesh without losses promises.
  func equals(_ output: [Float]) -> Bool {
    guard output.count == reference.count else { return false }
    let bound = 1e-4 * reference.reduce(0) { max($0, $1.magnitude) }
    return zip(output, reference).allSatisfy { ($0 - $1).magnitude <= bound }
  }
}
