import FoundationEssentials

/// The tests that edgemesh is known not to pass, each with the reason: lines `NAME reason`, where a NAME that ends in
/// `*` stands for all that begin so. Empty lines and those that begin with # are for people.
struct Exceptions {
  private var exact: [String: String] = [:]
  private var prefixes: [(prefix: String, reason: String)] = []

  init() {}

  init(contentsOf path: String) throws {
    for line in try String(contentsOf: URL(filePath: path), encoding: .utf8).split(separator: "\n") {
      guard !line.hasPrefix("#") else { continue }
      let parts = line.split(maxSplits: 1, whereSeparator: \.isWhitespace).map(String.init)
      guard let name = parts.first else { continue }
      guard parts.count == 2 else { throw UsageError("\(path): '\(name)' is listed without a reason") }
      if name.hasSuffix("*") {
        prefixes.append((String(name.dropLast()), parts[1]))
      } else {
        exact[name] = parts[1]
      }
    }
  }

  func reason(for name: String) -> String? {
    exact[name] ?? prefixes.first { name.hasPrefix($0.prefix) }?.reason
  }
}
