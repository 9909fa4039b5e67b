/// Text from outside (file names, host names, another agent's reasons) made fit for one line on a terminal.
enum SingleLine {
  static let limit = 2000

  /// `text` with control characters escaped, so that it can neither break the line nor drive the terminal, and cut at
  /// `limit` characters.
  static func of(_ text: String) -> String {
    var line = ""
    for (index, scalar) in text.unicodeScalars.enumerated() {
      if index == limit { return line + "..." }
      switch scalar {
      case "\n": line += "\\n"
      case "\r": line += "\\r"
      case "\t": line += " "
      default:
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .format:
          line += "\\u{\(String(scalar.value, radix: 16))}"
        default: line.unicodeScalars.append(scalar)
        }
      }
    }
    return line
  }
}
