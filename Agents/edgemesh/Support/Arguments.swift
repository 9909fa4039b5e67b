/// A command line that was checked against a command's manual page: asking it for a declared option or operand cannot
/// fail.
///
/// Accepted are `--name VALUE`, `--name=VALUE`, `-n VALUE` for options that have a letter, and `--` before operands
/// that begin with a dash. A value that begins with two dashes has to be written `--name=--value`. Where an option that
/// takes one value is given twice, the last one counts.
struct Arguments: Sendable {
  private var options: [String: [String]] = [:]
  private var operands: [String: [String]] = [:]
  private let page: ManualPage

  subscript<Value>(option: Option<Value>) -> Value {
    do {
      return try option.read(options[option.name] ?? [])
    } catch {
      preconditionFailure("--\(option.name) is not on the manual page of \(page.name)")
    }
  }

  subscript<Value>(operand: Operand<Value>) -> Value { operand.read(operands[operand.name] ?? []) }

  /// Whether the option was given on the command line, rather than left at its default.
  func has<Value>(_ option: Option<Value>) -> Bool { options[option.name] != nil }

  /// Whether an option of this name was given.
  func has(named name: String) -> Bool { options[name] != nil }

  /// The command line that says the same as this one, without the options `excluded`: each option as one word, in the
  /// manual page's order, then the operands. Options at their defaults are left out.
  func words(excluding excluded: [String]) -> [String] {
    var words: [String] = []
    for option in page.options where !excluded.contains(option.name) {
      for text in options[option.name] ?? [] {
        words.append(option.placeholder == nil ? "--\(option.name)" : "--\(option.name)=\(text)")
      }
    }
    return words + page.operands.flatMap { operands[$0.name] ?? [] }
  }

  /// Reads `words`, the command line after the command's name. Throws a `Failure` with status `usage` that names the
  /// word and the remedy. A part of a command line, one that is not complete, may lack what is required.
  init(_ words: some Sequence<String>, for page: ManualPage, isComplete: Bool = true) throws(Failure) {
    self.page = page
    var positional: [String] = []
    var rest = Array(words)[...]
    while let word = rest.popFirst() {
      if word == "--" {
        positional += rest
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        positional.append(word)
        continue
      }
      try take(word, &rest)
    }
    try distribute(positional, isComplete)
    try check(isComplete)
  }

  private mutating func take(_ word: String, _ rest: inout ArraySlice<String>) throws(Failure) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let spelled = String(parts[0])
    guard let option = page.options.first(where: { spelled == "--\($0.name)" || spelled == $0.letter.map { "-\($0)" } })
    else {
      let names = page.options.map { "--\($0.name)" } + ["--help"]
      let hint = NearestName.find(spelled, in: names).map { "did you mean \($0)?" }
      throw page.usage("there is no option \(spelled); \(hint ?? "--help lists the options")")
    }
    guard let placeholder = option.placeholder else {
      guard parts.count == 1 else { throw page.usage("--\(option.name) is a flag and takes no value") }
      options[option.name] = [""]
      return
    }
    let value: String
    if parts.count == 2 {
      value = String(parts[1])
    } else if let next = rest.first, !next.hasPrefix("--") {
      value = next
      rest.removeFirst()
    } else {
      throw page.usage("--\(option.name) needs a value: --\(option.name) \(placeholder)")
    }
    if option.isRepeatable { options[option.name, default: []].append(value) } else { options[option.name] = [value] }
  }

  private mutating func distribute(_ positional: [String], _ isComplete: Bool) throws(Failure) {
    var rest = positional[...]
    for operand in page.operands {
      if operand.isRepeatable {
        operands[operand.name] = Array(rest)
        rest = []
      } else if let word = rest.popFirst() {
        operands[operand.name] = [word]
      }
      if isComplete, operand.isRequired, operands[operand.name]?.isEmpty ?? true {
        throw page.usage("\(operand.name) is missing: \(operand.help)")
      }
    }
    if let surplus = rest.first { throw page.usage("\"\(surplus)\" is one argument too many") }
  }

  private func check(_ isComplete: Bool) throws(Failure) {
    for option in page.options {
      guard let texts = options[option.name] else {
        if isComplete, option.isRequired {
          throw page.usage("--\(option.name) \(option.placeholder ?? "") is missing: \(option.help)")
        }
        continue
      }
      do throws(Rejection) {
        try option.check(texts)
      } catch {
        throw page.usage("--\(option.name) takes \(error.expected), not \"\(texts.last ?? "")\"")
      }
    }
  }
}
