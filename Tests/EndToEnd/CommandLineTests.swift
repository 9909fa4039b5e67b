import Testing

@testable import edgemesh

@Suite("Command line")
struct CommandLineTests {
  static let names = Program.commands.map { $0.page.name }

  @Test(arguments: names)
  func everyCommandHasAManualPage(name: String) throws {
    let result = try Executable.run([name, "--help"])
    #expect(result.status == 0)
    #expect(result.errors.isEmpty)
    for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS"] {
      #expect(result.outputLines.contains(Substring(section)), "\(name) has no section \(section)")
    }
    for line in result.outputLines { #expect(line.count <= 80, "\(name): \(line)") }
    #expect(try Executable.run(["help", name]).output == result.output)
  }

  @Test func theOverviewListsAllCommands() throws {
    let result = try Executable.run(["--help"])
    #expect(result.status == 0)
    for name in Self.names { #expect(result.outputLines.contains { $0.hasPrefix("    \(name) ") }) }
    #expect(try Executable.run(["--version"]).output == "edgemesh \(Program.version)\n")
  }

  static let mistakes: [[String]] = [
    [], ["no-such-command"], ["--no-such-option"], ["plan"], ["plan", "x.onnx", "--seats", "2"],
    ["plan", "x.onnx", "--seats", "0", "-o", "p"], ["plan", "x.onnx", "--seats", "65", "-o", "p"],
    ["plan", "x.onnx", "--seats", "2", "-o", "p", "--replicate", "-1"],
    ["plan", "x.onnx", "--seats", "2", "-o", "p", "--strategy", "lottery"], ["deploy", "x.onnx"],
    ["inspect"], ["inspect", "x.onnx", "--seats", "65"], ["inspect", "x.onnx", "--shape", "1,3"],
    ["run", "x.onnx", "--shape", "x=1,0"], ["plan", "x.onnx", "--seats", "2", "-o", "p", "--shape", "x=1x3"],
    ["infer", "--deadline", "10"], ["infer", "--in-flight", "0"], ["infer", "--to", "nowhere"], ["run"],
    ["run", "x.onnx", "--repeat", "0"], ["join", "--memory", "lots"], ["join", "--listen", "127.0.0.1"],
    ["join", "1.2.3.4.5:7"], ["status", "--to", ":7707"], ["demo", "--agents", "1"], ["demo", "--kill", "9"],
    ["demo", "--images", "x"], ["demo", "--network", "x.onnx"],
    ["demo", "--network", "x.onnx", "--images", "x", "--seed", "1"],
  ]

  @Test(arguments: mistakes)
  func mistakesAreOneLine(words: [String]) throws {
    let result = try Executable.run(words)
    #expect(result.status == ExitCode.usage.rawValue)
    #expect(result.output.isEmpty)
    #expect(result.errorLines.count == 1, "\(result.errors)")
    #expect(result.errors.hasPrefix("edgemesh"))
  }
}
