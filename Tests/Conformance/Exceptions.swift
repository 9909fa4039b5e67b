import FoundationEssentials
import Networks

/// What edgemesh is known to do without, each with the reason. Lines of a file:
///
/// - `NAME reason` for a test that does not pass; a NAME that ends in `*` stands for all that begin so.
/// - `operator:TYPE reason` for an operator that edgemesh does not have.
///
/// Empty lines and those that begin with # are for people.
struct Exceptions {
  private var exact: [String: String] = [:]
  private var prefixes: [(prefix: String, reason: String)] = []
  private var operators: [String: String] = [:]
  /// Whether what is skipped must be on the list: then nothing is lost without somebody's saying so.
  var isComplete = false

  init() {}

  init(contentsOf path: String) throws {
    for line in try String(contentsOf: URL(filePath: path), encoding: .utf8).split(separator: "\n") {
      guard !line.hasPrefix("#") else { continue }
      let parts = line.split(maxSplits: 1, whereSeparator: \.isWhitespace).map(String.init)
      guard let name = parts.first else { continue }
      guard parts.count == 2 else { throw UsageError("\(path): '\(name)' is listed without a reason") }
      if name.hasPrefix("operator:") {
        operators[String(name.dropFirst("operator:".count))] = parts[1]
      } else if name.hasSuffix("*") {
        prefixes.append((String(name.dropLast()), parts[1]))
      } else {
        exact[name] = parts[1]
      }
    }
  }

  /// Why this test does not pass.
  func reason(for test: String) -> String? {
    exact[test] ?? prefixes.first { test.hasPrefix($0.prefix) }?.reason
  }

  /// Why there is no such operator.
  func reason(forOperator type: String) -> String? { operators[type] }

  /// Operators on the list that there are by now.
  var stale: [String] { operators.keys.filter(OperatorLibrary.contains).sorted() }
}
