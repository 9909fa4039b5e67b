import Learning
import Networks
import Pictures

/// What the demonstration runs: a network and its pictures.
struct DemoNetwork {
  let network: Network
  let digest: String
  let manifest: Manifest
  let pictures: DemoPictures
  /// A line about what it is.
  let words: String

  /// Pictures taken from a directory at most.
  static let maximumInputs = 64

  /// The trained network that comes with edgemesh and pictures that nobody has seen yet, drawn by `seed`.
  init(seed: UInt64) throws {
    let loaded = try ShapesNetwork.load()
    network = loaded.network
    digest = loaded.digest
    let drawn = ProceduralPictures(seed: seed, part: .show, count: .max)
    manifest = Manifest(preprocessing: .unit, classes: drawn.classNames)
    pictures = try DemoPictures(drawn, for: network)
    words =
      "\(ShapesNetwork.name), trained to tell \(drawn.classNames.count) drawn shapes apart; new pictures by seed \(seed)"
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
    let stream = InputStream(
      sources: Array(sources), frames: nil, preprocessing: preprocessing, shape: shape, repeats: 1)
    pictures = try DemoPictures(stream, for: network)
    words = "\(network.name) from \(path), \(pictures.count ?? 0) pictures"
  }
}
