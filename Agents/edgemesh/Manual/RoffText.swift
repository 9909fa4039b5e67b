/// Text as `man` reads it, in the macros of man(7).
enum RoffText {
  /// `text` with the characters escaped that mean something to roff. Dashes become minus signs, so that options can be
  /// copied from the page; a no-break space stays one.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "\u{a0}": result += "\\ "
      case "'": result += "\\(aq"
      case "`": result += "\\`"
      case "^": result += "\\(ha"
      case "~": result += "\\(ti"
      case "→": result += "\\(->"
      case "×": result += "\\(mu"
      default: result.append(character)
      }
    }
    // A line that begins with one of these would be a request.
    return result.hasPrefix(".") ? "\\&" + result : result
  }

  static func bold(_ text: String) -> String { "\\fB\(escaped(text))\\fR" }

  static func italic(_ text: String) -> String { "\\fI\(escaped(text))\\fR" }

  /// `text` as an argument of a macro.
  static func quoted(_ text: String) -> String { "\"\(escaped(text).replacing("\"", with: "\\(dq"))\"" }

  /// The line that a page begins with.
  static func heading(_ title: String, version: String) -> String {
    ".TH \(quoted(title.uppercased())) 1 \"\" \(quoted("edgemesh \(version)")) \"edgemesh\""
  }

  /// A paragraph with a tag at its left.
  static func tagged(_ tag: String, _ text: String) -> [String] { [".TP", tag, escaped(text)] }
}
