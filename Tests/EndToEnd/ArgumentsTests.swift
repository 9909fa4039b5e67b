import Testing

@testable import edgemesh

/// A command with one option of each kind, for the parser's tests.
private enum Sample: Command {
  static let target = Option.required("to", .hostPorts, "the agents to ask")
  static let deadline = Option.defaulting(
    "deadline", .duration(), to: .seconds(10), shown: "10s", "how long a request may take")
  static let memory = Option.optional("memory", .bytes, "the most memory that weights may use")
  static let output = Option.optional("output", .file, "where the plan goes").letter("o")
  static let input = Option.repeated("input", .text, "a tensor by name")
  static let json = Option.flag("json", "prints lines for programs")
  static let network = Operand.one("NETWORK", "an ONNX file")
  static let files = Operand.any("FILE", "pictures or tensors; - is standard input")

  static let page = ManualPage(
    name: "sample", summary: "shows every kind of option",
    operands: [network, files],
    options: [target, deadline, memory, output, input, json],
    description: ["It exists for its tests.", "    +---+\n    | x |\n    +---+"],
    examples: [.init(line: "edgemesh sample --to board:7380 net.onnx", explanation: "Asks the agent on board.")],
    exits: [.init(.unanswered), .init(.badData)])

  static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
    try console.print(["network": .string(arguments[network]), "files": .integer(Int64(arguments[files].count))])
    return arguments[json] ? .unanswered : .success
  }
}

/// Keeps what a command printed.
private final class Printed: @unchecked Sendable {
  // Unchecked: the tests run a command on their own thread alone.
  var output = ""
  var errors = ""
  var console: Console {
    Console(
      output: Output { [self] text throws(Failure) in output += text },
      errors: Output { [self] text throws(Failure) in errors += text }, width: 80, isTerminal: false)
  }
}

private func parse(_ line: String) throws -> Arguments {
  try Arguments(line.split(separator: " ").map(String.init), for: Sample.page)
}

@Suite("Command lines")
struct ArgumentsTests {
  @Test func everyKindOfOption() throws {
    let arguments = try parse(
      "--to a:1,[::1]:65535 --deadline=250ms --memory 1.5GiB -o p.json --input x=1 --input=y=2 --json net.onnx a - b")
    #expect(arguments[Sample.target] == [HostPort(host: "a", port: 1), HostPort(host: "::1", port: 65_535)])
    #expect(arguments[Sample.deadline] == .milliseconds(250))
    #expect(arguments[Sample.memory] == 1_610_612_736)
    #expect(arguments[Sample.output] == "p.json")
    #expect(arguments[Sample.input] == ["x=1", "y=2"])
    #expect(arguments[Sample.json])
    #expect(arguments[Sample.network] == "net.onnx")
    #expect(arguments[Sample.files] == ["a", "-", "b"])
  }

  @Test func defaultsAndAbsence() throws {
    let arguments = try parse("--to a:1 net.onnx")
    #expect(arguments[Sample.deadline] == .seconds(10))
    #expect(arguments[Sample.memory] == nil)
    #expect(arguments[Sample.input] == [])
    #expect(!arguments[Sample.json])
    #expect(arguments[Sample.files] == [])
    #expect(arguments.has(Sample.target) && !arguments.has(Sample.deadline))
  }

  @Test func theLastValueCountsAndTwoDashesEndTheOptions() throws {
    let arguments = try parse("--to a:1 --to b:2 -- --net.onnx --json")
    #expect(arguments[Sample.target] == [HostPort(host: "b", port: 2)])
    #expect(arguments[Sample.network] == "--net.onnx")
    #expect(arguments[Sample.files] == ["--json"])
    #expect(!arguments[Sample.json])
  }

  static let mistakes: [(line: String, message: String)] = [
    ("--too a:1 n", "there is no option --too; did you mean --to?"),
    ("--dedline 1s n", "there is no option --dedline; did you mean --deadline?"),
    ("--dead 1s n", "there is no option --dead; did you mean --deadline?"),
    ("--xyz n", "there is no option --xyz; --help lists the options"),
    ("-x n", "there is no option -x; --help lists the options"),
    ("--json=1 n", "--json is a flag and takes no value"),
    ("n --to", "--to needs a value: --to HOST:PORT[,HOST:PORT...]"),
    ("n --memory --json", "--memory needs a value: --memory BYTES"),
    ("n", "--to HOST:PORT[,HOST:PORT...] is missing: the agents to ask"),
    ("--to a:1", "NETWORK is missing: an ONNX file"),
    ("--to a n", "--to takes an address such as 192.168.1.10:7380, [fe80::1]:7380 or board-1:7380, not \"a\""),
    ("--to a:1 n --deadline 10", "--deadline takes a time such as 250ms, 10s, 5m or 2h, not \"10\""),
    ("--to a:1 n --memory -1", "--memory takes a size such as 4096, 64M, 1.5GiB or 200MB, not \"-1\""),
  ]

  @Test(arguments: mistakes) func mistakesAreNamedInOneLine(_ mistake: (line: String, message: String)) {
    #expect(throws: Failure(.usage, mistake.message)) { try parse(mistake.line) }
  }

  @Test func oneOperandTooMany() {
    let page = ManualPage(name: "one", summary: "", operands: [Sample.network], description: [])
    #expect(throws: Failure(.usage, "\"b\" is one argument too many")) { try Arguments(["a", "b"], for: page) }
  }

  static let programLines: [(words: [String], status: ExitCode, errors: String)] = [
    ([], .usage, "edgemesh: a command is missing; \"edgemesh --help\" lists them\n"),
    (["smaple"], .usage, "edgemesh: there is no command smaple; did you mean sample?\n"),
    (["dance"], .usage, "edgemesh: there is no command dance; \"edgemesh --help\" lists the commands\n"),
    (["sample", "--jsn"], .usage, "edgemesh sample: there is no option --jsn; did you mean --json?\n"),
    (["sample", "--a\nb"], .usage, "edgemesh sample: there is no option --a\\nb; --help lists the options\n"),
    (["sample", "--to", "a:1", "net", "f"], .success, ""),
    (["sample", "--to", "a:1", "net", "f", "--json"], .unanswered, ""),
  ]

  @Test(arguments: programLines)
  func theProgramFindsTheCommand(_ line: (words: [String], status: ExitCode, errors: String)) {
    let printed = Printed()
    let status = Program.run(line.words, printed.console, commands: [Sample.self])
    #expect(status == line.status)
    #expect(printed.errors == line.errors)
    if line.errors.isEmpty { #expect(printed.output == "{\"network\":\"net\",\"files\":1}\n") }
  }

  @Test(arguments: [["sample", "--help"], ["help", "sample"], ["sample", "x", "-h"]]) func help(_ words: [String]) {
    let printed = Printed()
    #expect(Program.run(words, printed.console, commands: [Sample.self]) == .success)
    #expect(printed.output == samplePage)
    #expect(printed.errors.isEmpty)
  }

  @Test func everyCommandsPageIsSound() {
    for command in Program.commands {
      let page = command.page
      let names = page.options.map(\.name)
      #expect(Set(names).count == names.count, "\(page.name) declares an option twice")
      #expect(page.operands.dropLast().allSatisfy { !$0.isRepeatable }, "\(page.name): only the last may repeat")
      #expect(!page.description.isEmpty && !page.examples.isEmpty, "\(page.name) explains nothing")
      for text in page.options.map(\.help) + page.operands.map(\.help) + [page.summary] {
        #expect(!text.isEmpty && text.last != ".", "\(page.name): \"\(text)\"")
      }
      for line in page.rendered().split(separator: "\n") where !line.hasPrefix("        edgemesh") {
        #expect(line.count <= 80, "\(page.name): \(line)")
      }
    }
  }
}

private let samplePage = """
  NAME
      edgemesh sample - shows every kind of option

  SYNOPSIS
      edgemesh sample --to HOST:PORT[,HOST:PORT...] [--deadline DURATION]
          [--memory BYTES] [-o FILE] [--input TEXT]... [--json] NETWORK [FILE...]

  DESCRIPTION
      It exists for its tests.

         +---+
         | x |
         +---+

  OPERANDS
      NETWORK
              an ONNX file.
      FILE
              pictures or tensors; - is standard input.

  OPTIONS
      --to HOST:PORT[,HOST:PORT...]
              The agents to ask. Required.
      --deadline DURATION
              How long a request may take. Default: 10s.
      --memory BYTES
              The most memory that weights may use.
      -o, --output FILE
              Where the plan goes.
      --input TEXT
              A tensor by name. May be given several times.
      --json
              Prints lines for programs.
      --help
              Prints this page.

  EXAMPLES
      Asks the agent on board.
          edgemesh sample --to board:7380 net.onnx

  EXIT STATUS
      0   success
      1   a failure that no other status describes
      3   at least one request ended refused or failed
      64  the command line was wrong
      65  a network, plan or picture is malformed or does not fit

  """
