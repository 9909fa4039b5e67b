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
  static func classNames(contentsOf path: String) throws -> [String] {
    let bytes: Data
    do { bytes = try Data(contentsOf: URL(filePath: path)) } catch {
      throw Failure(.missingInput, "cannot read the class names in \(path): does the file exist?")
    }
    guard bytes.count <= 1 << 20, let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.badData, "\(path) is no list of class names: one name a line in UTF-8, at most 1 MiB")
    }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }
}
