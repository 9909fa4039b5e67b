extension ManualPage {
  /// The page for man(1): the same words as `rendered` has, in the macros of man(7).
  func roff(version: String) -> String {
    var lines = [RoffText.heading("edgemesh-\(name)", version: version)]
    lines += [".SH NAME", "\(RoffText.escaped("edgemesh-\(name)")) \\- \(RoffText.escaped(summary))"]
    lines += [".SH SYNOPSIS", ".nh", ".ad l"]
    lines += synopsisWords.map { RoffText.escaped($0) }
    lines += [".ad b", ".hy", ".SH DESCRIPTION"]
    for paragraph in description {
      if paragraph.hasPrefix(" ") {
        lines += [".PP", ".EX"] + paragraph.split(separator: "\n").map { RoffText.escaped(String($0)) } + [".EE"]
      } else {
        lines += [".PP", RoffText.escaped(paragraph)]
      }
    }
    if !operands.isEmpty {
      lines.append(".SH OPERANDS")
      for operand in operands { lines += RoffText.tagged(RoffText.italic(operand.name), operand.help + ".") }
    }
    lines.append(".SH OPTIONS")
    for option in options { lines += RoffText.tagged(RoffText.bold(option.heading), option.fullHelp) }
    lines += RoffText.tagged(RoffText.bold("--help"), "Prints this page.")
    if !examples.isEmpty {
      lines.append(".SH EXAMPLES")
      for example in examples {
        lines += [".PP", RoffText.escaped(example.explanation + ":"), ".PP", ".in +4n", ".EX"]
        lines += [RoffText.escaped(example.line), ".EE", ".in"]
      }
    }
    lines.append(".SH \"EXIT STATUS\"")
    for exit in allExits { lines += RoffText.tagged(RoffText.bold("\(exit.status.rawValue)"), exit.meaning + ".") }
    lines += [".SH \"SEE ALSO\"", ".BR edgemesh (1),", ".BR edgemesh.service (8)"]
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Program {
  /// edgemesh(1) for man(1), which lists the commands.
  static func overviewRoff(of commands: [any Command.Type]) -> String {
    var lines = [RoffText.heading("edgemesh", version: version)]
    lines += [".SH NAME", "edgemesh \\- \(RoffText.escaped(summary))"]
    lines += [".SH SYNOPSIS", ".B edgemesh", ".I COMMAND", "[\\fIOPTION\\fR]... [\\fIOPERAND\\fR]..."]
    lines += [".SH DESCRIPTION"]
    for paragraph in introduction { lines += [".PP", RoffText.escaped(paragraph)] }
    lines.append(".SH COMMANDS")
    for command in commands {
      let reference = "Its page is \u{1}(1)."
      let text = RoffText.escaped(command.page.summary.prefix(1).uppercased() + command.page.summary.dropFirst() + ". ")
      lines += [".TP", RoffText.bold(command.page.name)]
      lines.append(
        text + reference.replacing("\u{1}", with: RoffText.bold("edgemesh-\(command.page.name)")))
    }
    lines.append(".SH OPTIONS")
    for (name, help) in ownOptions { lines += RoffText.tagged(RoffText.bold(name), help) }
    lines.append(".SH \"EXIT STATUS\"")
    for status in ExitCode.allCases {
      lines += RoffText.tagged(RoffText.bold("\(status.rawValue)"), status.meaning + ".")
    }
    lines.append(".SH \"SEE ALSO\"")
    lines += commands.map { ".BR \(RoffText.escaped("edgemesh-\($0.page.name)")) (1)," } + [".BR edgemesh.service (8)"]
    return lines.joined(separator: "\n") + "\n"
  }
}
