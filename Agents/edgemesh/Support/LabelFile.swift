/// The true classes of inputs, by file name.
struct LabelFile: Sendable {
  private var classes: [String: Int] = [:]

  /// Reads lines `FILE,INDEX`; a first line without a number is a heading.
  init(contentsOf path: String) throws {
    for (index, line) in try Self.lines(of: path, as: "the labels").enumerated() where !line.isEmpty {
      let parts = line.split(separator: ",")
      guard parts.count == 2, let label = Int(parts[1]) else {
        if index == 0 { continue }
        throw Failure(.badData, "\(path), line \(index + 1): expected FILE,INDEX")
      }
      classes[String(parts[0])] = label
    }
  }

  subscript(path: String) -> Int? { classes[ResultFiles.baseName(path)] }

  /// The lines of a small text file in UTF-8, without empty ones at its end; a message calls it `what`.
  static func lines(of path: String, as what: String) throws(Failure) -> [String] {
    let bytes = try WholeFile.read(path, as: what, limit: 1 << 20)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.badData, "\(path) holds no text in UTF-8, as \(what) should")
    }
    var lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }.map(String.init)
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }
}
