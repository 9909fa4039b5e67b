/// What `edgemesh COMMAND --help` prints, and what the parser checks a command line against: one source for both.
struct ManualPage: Sendable {
  struct Example: Sendable {
    /// The command line as typed.
    var line: String
    var explanation: String
  }

  struct Exit: Sendable {
    var status: ExitCode
    var meaning: String
    init(_ status: ExitCode, _ meaning: String? = nil) {
      self.status = status
      self.meaning = meaning ?? status.meaning
    }
  }

  var name: String
  /// One line for the list of commands, without a full stop.
  var summary: String
  var operands: [any OperandDeclaration] = []
  var options: [any OptionDeclaration] = []
  /// Paragraphs, each wrapped to the terminal's width. A paragraph that begins with a space is printed as it is.
  var description: [String]
  var examples: [Example] = []
  /// Beyond `success`, `failure` and `usage`, which every command has.
  var exits: [Exit] = []

  /// A failure of status `usage` that names the command.
  func usage(_ message: String) -> Failure { Failure(.usage, message) }
}

extension ManualPage {
  /// The page as text, `width` columns wide.
  func rendered(width: Int = 80) -> String {
    var lines: [String] = []
    func section(_ title: String) { lines += lines.isEmpty ? [title] : ["", title] }

    section("NAME")
    lines += TextBlock.wrap("edgemesh \(name) - \(summary)", width: width, indent: 4, hanging: 8)
    section("SYNOPSIS")
    lines += TextBlock.wrap(synopsis, width: width, indent: 4, hanging: 8)
    section("DESCRIPTION")
    for (index, paragraph) in description.enumerated() {
      if index > 0 { lines.append("") }
      lines +=
        paragraph.hasPrefix(" ")
        ? TextBlock.verbatim(paragraph, indent: 3)
        : TextBlock.wrap(
          paragraph, width: width, indent: 4)
    }
    if !operands.isEmpty {
      section("OPERANDS")
      for operand in operands { lines += TextBlock.entry(operand.name, operand.help + ".", width: width) }
    }
    section("OPTIONS")
    for option in options { lines += TextBlock.entry(option.heading, option.fullHelp, width: width) }
    lines += TextBlock.entry("--help", "Prints this page.", width: width)
    if !examples.isEmpty {
      section("EXAMPLES")
      for (index, example) in examples.enumerated() {
        if index > 0 { lines.append("") }
        lines += TextBlock.wrap(example.explanation, width: width, indent: 4)
        // Longer ones go on in the next line, as a shell has it.
        let parts = TextBlock.wrap(example.line, width: width - 2, indent: 8, hanging: 12)
        lines += parts.dropLast().map { $0 + " \\" } + parts.suffix(1)
      }
    }
    section("EXIT STATUS")
    for exit in allExits {
      let number = String(exit.status.rawValue)
      let padded = number + String(repeating: " ", count: Swift.max(1, 4 - number.count))
      lines += TextBlock.wrap(padded + exit.meaning, width: width, indent: 4, hanging: 8, keepsRuns: true)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The exit statuses that every command has and its own, ascending.
  var allExits: [Exit] {
    let common = [Exit(.success), Exit(.failure), Exit(.usage)].filter { one in
      !exits.contains { $0.status == one.status }
    }
    return (common + exits).sorted { $0.status.rawValue < $1.status.rawValue }
  }

  /// The command with all its options and operands in one line.
  var synopsis: String { synopsisWords.joined(separator: " ") }

  /// The synopsis in pieces between which a line may end.
  var synopsisWords: [String] {
    var words = ["edgemesh \(name)"]
    for option in options {
      let spelled = option.letter.map { "-\($0)" } ?? "--\(option.name)"
      let shown = option.placeholder.map { "\(spelled)\u{a0}\($0)" } ?? spelled
      let repeats = option.isRepeatable ? "..." : ""
      words.append(option.isRequired ? shown : "[\(shown)]\(repeats)")
    }
    for operand in operands {
      let repeats = operand.isRepeatable ? "..." : ""
      words.append(operand.isRequired ? "\(operand.name)\(repeats)" : "[\(operand.name)\(repeats)]")
    }
    return words
  }
}

extension OptionDeclaration {
  /// The option as the OPTIONS section names it.
  var heading: String {
    let long = placeholder.map { "--\(name) \($0)" } ?? "--\(name)"
    return letter.map { "-\($0), \(long)" } ?? long
  }

  /// The option's explanation in whole sentences.
  var fullHelp: String {
    var text = help.prefix(1).uppercased() + help.dropFirst() + "."
    if let shownDefault { text += " Default: \(shownDefault)." }
    if isRequired { text += " Required." }
    if isRepeatable { text += " May be given several times." }
    return text
  }
}

/// Lays text out in columns.
enum TextBlock {
  /// `text` in lines of at most `width` columns, the first indented by `indent`, the others by `hanging`. A no-break
  /// space holds two words together and is printed as a space. Runs of spaces stay only in the first word's gap, where
  /// `keepsRuns` asks for it.
  static func wrap(_ text: String, width: Int, indent: Int, hanging: Int? = nil, keepsRuns: Bool = false) -> [String] {
    let hanging = hanging ?? indent
    var lines: [String] = []
    var line = String(repeating: " ", count: indent)
    var isEmpty = true
    for word in text.split(separator: " ", omittingEmptySubsequences: !keepsRuns) {
      if isEmpty {
        line += word
        isEmpty = false
      } else if line.count + 1 + word.count <= width {
        line += " " + word
      } else {
        lines.append(line)
        line = String(repeating: " ", count: hanging) + word
      }
    }
    lines.append(line)
    return lines.map { $0.replacing("\u{a0}", with: " ") }
  }

  /// The lines of `text` as they are, indented.
  static func verbatim(_ text: String, indent: Int) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { String(repeating: " ", count: indent) + $0 }
  }

  /// A term on a line of its own and its explanation below, further in.
  static func entry(_ term: String, _ explanation: String, width: Int) -> [String] {
    ["    " + term] + wrap(explanation, width: width, indent: 12)
  }
}
