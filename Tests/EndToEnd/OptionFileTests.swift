import Testing

@testable import edgemesh

@Suite("Files of options")
struct OptionFileTests {
  private static func words(_ text: String) throws -> [String] {
    let scratch = try Scratch()
    let file = try scratch.file("options", text: text)
    return try OptionFile.words(at: file, for: JoinCommand.page, excluding: ["options", "service"])
  }

  /// A line and the word that it stands for.
  static let lines: [(line: String, word: String?)] = [
    ("", nil), ("   ", nil), ("# --name x", nil), ("  # x", nil), ("--insecure", "--insecure"),
    ("--name door", "--name=door"), ("--name=door", "--name=door"), ("  --name \t the door  ", "--name=the door"),
    ("--name=a b=c", "--name=a b=c"), ("--name a=b", "--name=a=b"), ("board-1:7707\r", "board-1:7707"),
    ("[fe80::1]:7707", "[fe80::1]:7707"),
  ]

  @Test(arguments: lines)
  func everyLineIsOneWord(line: String, word: String?) throws {
    #expect(OptionFile.word(of: line[...]) == word)
    #expect(try Self.words(line) == (word.map { [$0] } ?? []))
  }

  /// Lines that are refused, and what the message names beside the line's number.
  static let mistakes: [(text: String, named: String)] = [
    ("--naem x", "--name"), ("\n\n--insecure\n--memory lots", "line 4"), ("--", "--"), ("--service", "--service"),
    ("--options more", "--options"), ("--insecure yes", "--insecure"),
    ("board-1:7707 board-2:7707", "more than one word"),
    ("--name", "--name"),
  ]

  @Test(arguments: mistakes)
  func aMistakeIsToldWithItsLine(text: String, named: String) throws {
    let scratch = try Scratch()
    let file = try scratch.file("options", text: text)
    let result = try Executable.run(["join", "--options", file, "--state", try scratch.file("state")])
    #expect(result.status == ExitCode.usage.rawValue)
    #expect(result.errorLines.count == 1)
    #expect(result.errors.contains(named), "\(result.errors)")
  }

  @Test func aFileIsBounded() throws {
    let scratch = try Scratch()
    let files: [(bytes: [UInt8], status: ExitCode)] = [
      ([UInt8](repeating: 35, count: OptionFile.byteLimit + 1), .badData), ([0x2d, 0xff, 0xfe], .badData),
      ([UInt8](repeating: 10, count: OptionFile.lineLimit + 1), .badData),
    ]
    for (index, file) in files.enumerated() {
      let path = try scratch.file("options-\(index)", file.bytes)
      let result = try Executable.run(["join", "--options", path])
      #expect(result.status == file.status.rawValue, "\(result.errors)")
      #expect(result.errorLines.count == 1)
    }
    #expect(try Executable.run(["join", "--options", "/nonexistent"]).status == ExitCode.missingInput.rawValue)
    #expect(try Executable.run(["join", "--options", "/dev"]).status == ExitCode.missingInput.rawValue)
  }

  @Test func theCommandLineWins() throws {
    let scratch = try Scratch()
    let file = try scratch.file("options", text: "--name from-file\n--listen 127.0.0.1:0\n")
    let agent = try Executable.start(
      ["join", "--options", file, "--name", "from-line", "--state", try scratch.file("state")], in: scratch)
    try eventually("the agent listens") { try Executable.text(scratch, "output").contains("\n") }
    #expect(try Executable.text(scratch, "output").hasPrefix("edgemesh: from-line listens on 127.0.0.1:"))
    #expect(agent.end() == .exited(0))
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let words = ["--name=the = door # 3", "--insecure", "board-1:7707", "[fe80::1]:7707"]
    #expect(try Self.words(OptionFile.text(for: words, comment: ["--not-an-option"])) == words)
    for value in ["--name=a\nb", "--name=a ", "--name=a\r", "a b ", "# a", "--name a"] {
      #expect(throws: Failure.self) { try OptionFile.text(for: [value], comment: []) }
    }
  }
}
