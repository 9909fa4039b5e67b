/// A file of options for a command: what would stand on the command line, one option or operand a line.
///
///     # The board beside the door.
///     --name door
///     --listen=0.0.0.0:7707
///     board-1:7707
///
/// Blank lines and lines that begin with `#` count for nothing. There is no quoting: what follows an option's name is
/// its value, spaces within included. Every line is checked by itself against the command's manual page, so that a
/// mistake is told with its line.
enum OptionFile {
  static let byteLimit = 64 << 10
  static let lineLimit = 1_000

  /// The words of the file at `path`, to stand before those of the command line, whose options then win. Options named
  /// in `excluded` make sense on a command line only.
  static func words(
    at path: String, for page: ManualPage, excluding excluded: [String]
  ) throws(Failure) -> [String] {
    let bytes = try WholeFile.read(path, as: "the options", limit: byteLimit)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.badData, "\(path) is no text in UTF-8: write it again")
    }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count <= lineLimit + 1 else {
      throw Failure(.badData, "\(path) has more than \(lineLimit) lines: shorten it")
    }
    var words: [String] = []
    for (index, line) in lines.enumerated() {
      guard let word = word(of: line) else { continue }
      do throws(Failure) {
        // Would make operands of all that follows.
        guard word != "--" else { throw page.usage("\"--\" stands on the command line only: take it out") }
        guard word.hasPrefix("-") || !word.contains(where: \.isWhitespace) else {
          throw page.usage("\"\(word)\" is more than one word: write each in a line of its own")
        }
        let arguments = try Arguments([word], for: page, isComplete: false)
        if let name = excluded.first(where: { arguments.has(named: $0) }) {
          throw page.usage("--\(name) stands on the command line only: take it out")
        }
      } catch {
        throw Failure(error.status, "\(path), line \(index + 1): \(error.message)")
      }
      words.append(word)
    }
    return words
  }

  /// The one word that a line stands for, `--name=value` for an option with a value; nil where it stands for none.
  static func word(of line: Substring) -> String? {
    let line = trimmed(line)
    guard let first = line.first, first != "#" else { return nil }
    guard line.hasPrefix("-"), let end = line.firstIndex(where: { $0 == "=" || $0.isWhitespace }), line[end] != "="
    else { return String(line) }
    return "\(line[..<end])=\(trimmed(line[end...]))"
  }

  /// The lines for `words`, each as `Arguments.words` spells it; below a comment that says where they come from. Throws
  /// where a value cannot stand in such a file.
  static func text(for words: [String], comment: [String]) throws(Failure) -> String {
    var lines = comment.map { "# \($0)" }
    for word in words {
      let isPlain = word.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
      guard isPlain, Self.word(of: word[...]) == word else {
        throw Failure(
          .usage, "\"\(word)\" cannot stand in a file of options: leave out line breaks and spaces at its ends")
      }
      lines.append(word)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func trimmed(_ line: Substring) -> Substring {
    var line = line.drop { $0.isWhitespace }
    while line.last?.isWhitespace ?? false { line.removeLast() }
    return line
  }
}
