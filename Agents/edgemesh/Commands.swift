/// One of the program's commands: a manual page, which is also what its command line is checked against, and what it
/// does.
protocol Command: SendableMetatype {
  static var page: ManualPage { get }

  /// Does the work. An error that is thrown ends the program with one line, `edgemesh NAME: ...`; `Failure` carries the
  /// exit status, other errors get theirs in `Failure+Errors.swift`.
  static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode
}

/// The program: finds the command and runs it.
enum Program {
  static let version = "0.1.0"
  static let summary = "small boards run one neural network together"
  static let introduction = [
    "Boards that are each too small, too slow or too unreliable run one neural network together. Each runs one agent; the "
      + "agents form a mesh without a coordinator, share out the rows of the network's layers, and answer a client's "
      + "requests in bounded time, whatever happens to some of them: the full answer where all boards live, a degraded "
      + "and labelled one where some died."
  ]
  /// What stands before any command.
  static let ownOptions = [
    ("--help", "Prints this page; after a command, the command's page."), ("--version", "Prints the version."),
  ]

  /// In the order in which a newcomer needs them.
  static let commands: [any Command.Type] = [
    DemoCommand.self, JoinCommand.self, InspectCommand.self, PlanCommand.self, DeployCommand.self, InferCommand.self,
    RunCommand.self, TrainCommand.self, BenchCommand.self, StatusCommand.self, ExportCommand.self,
  ]

  /// Runs the command line `words`, without the program's own name.
  static func run(_ words: [String], _ console: Console, commands: [any Command.Type] = commands) -> ExitCode {
    var name: String?
    do {
      guard let first = words.first else {
        console.note("edgemesh: a command is missing; \"edgemesh --help\" lists them")
        return .usage
      }
      switch first {
      case "--help", "-h", "help":
        if words.count == 2, let command = commands.first(where: { $0.page.name == words[1] }) {
          try console.output.write(command.page.rendered(width: console.width))
        } else {
          try console.output.write(overview(of: commands, width: console.width))
        }
        return .success
      case "--version":
        try console.print("edgemesh \(version)")
        return .success
      case "--generate" where words.count == 2:
        try GeneratedFiles.write(for: commands, to: words[1])
        return .success
      default: break
      }
      guard let command = commands.first(where: { $0.page.name == first }) else {
        let hint = NearestName.find(first, in: commands.map { $0.page.name }).map { "did you mean \($0)?" }
        throw Failure(.usage, "there is no command \(first); \(hint ?? "\"edgemesh --help\" lists the commands")")
      }
      name = command.page.name
      let rest = words.dropFirst()
      if rest.prefix(while: { $0 != "--" }).contains(where: { $0 == "--help" || $0 == "-h" }) {
        try console.output.write(command.page.rendered(width: console.width))
        return .success
      }
      return try command.run(Arguments(rest, for: command.page), console)
    } catch {
      let failure = Failure(error)
      console.note("\(name.map { "edgemesh \($0)" } ?? "edgemesh"): \(SingleLine.of(failure.message))")
      return failure.status
    }
  }

  static func overview(of commands: [any Command.Type], width: Int) -> String {
    var lines = ["NAME"]
    lines += TextBlock.wrap("edgemesh - \(summary)", width: width, indent: 4)
    lines += ["", "SYNOPSIS", "    edgemesh COMMAND [OPTION]... [OPERAND]...", "", "COMMANDS"]
    let column = (commands.map { $0.page.name.count }.max() ?? 0) + 2
    for command in commands {
      let name = command.page.name + String(repeating: "\u{a0}", count: column - command.page.name.count)
      lines += TextBlock.wrap(
        name.replacing(" ", with: "\u{a0}") + command.page.summary, width: width, indent: 4, hanging: 4 + column)
    }
    lines += ["", "OPTIONS"]
    for (name, help) in ownOptions { lines += TextBlock.entry(name, help, width: width) }
    lines += ["", "EXIT STATUS"]
    for status in ExitCode.allCases {
      let number = String(status.rawValue)
      let padding = String(repeating: " ", count: 4 - number.count)
      lines += TextBlock.wrap(number + padding + status.meaning, width: width, indent: 4, hanging: 8, keepsRuns: true)
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
