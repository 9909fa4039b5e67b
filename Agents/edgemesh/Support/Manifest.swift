import FoundationEssentials
import Pictures

/// What a deployer tells the clients of a network: how pictures become its input, and its classes' names.
struct Manifest: Codable, Equatable {
  var preprocessing: Preprocessing?
  /// In the order of the output's indices.
  var classes: [String]?

  /// Deterministic bytes: their digest names the manifest.
  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(self))
  }

  /// A manifest that cannot be read counts as an empty one: it is a help, not a part of the network.
  init(decoding bytes: [UInt8]) {
    self = (try? JSONDecoder().decode(Manifest.self, from: Data(bytes))) ?? Manifest()
  }

  init(preprocessing: Preprocessing? = nil, classes: [String]? = nil) {
    self.preprocessing = preprocessing
    self.classes = classes
  }

  /// Class names from a file, one a line.
  static func classNames(contentsOf path: String) throws(Failure) -> [String] {
    try LabelFile.lines(of: path, as: "the class names")
  }
}
