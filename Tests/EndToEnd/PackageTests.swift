import Foundation
import Testing

@testable import edgemesh

/// That what the Debian package installs is whole and fits the program.
@Suite("The package")
struct PackageTests {
  /// The repository's root.
  private static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

  private static func text(_ path: String) throws -> String {
    try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
  }

  @Test func everyCommandHasAPageForManAndCompletion() throws {
    let scratch = try Scratch()
    let directory = try scratch.file("generated")
    let result = try Executable.run(["--generate", directory])
    #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty)
    let completion = try String(contentsOfFile: "\(directory)/edgemesh.bash", encoding: .utf8)
    let overview = try String(contentsOfFile: "\(directory)/edgemesh.1", encoding: .utf8)
    for command in Program.commands {
      let page = command.page
      let roff = try String(contentsOfFile: "\(directory)/edgemesh-\(page.name).1", encoding: .utf8)
      for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "\"EXIT STATUS\""] {
        #expect(roff.contains("\n.SH \(section)\n"), "\(page.name) has no section \(section)")
      }
      for option in page.options {
        #expect(roff.contains("\\-\\-\(option.name.replacing("-", with: "\\-"))"), "\(page.name) --\(option.name)")
        #expect(completion.contains("--\(option.name)"))
      }
      #expect(overview.contains("edgemesh\\-\(page.name)"))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory).count == Program.commands.count + 2)
  }

  @Test func bashCompletes() throws {
    let scratch = try Scratch()
    let script = try scratch.file("completion", text: BashCompletion.script(for: Program.commands))
    let cases: [(words: String, expected: String)] = [
      ("edgemesh jo", "join"), ("edgemesh join --serv", "--service"), ("edgemesh help insp", "inspect"),
      ("edgemesh plan --seat", "--seats"), ("edgemesh plan pict", ""),
    ]
    for (words, expected) in cases {
      let output = try scratch.file("output")
      try? FileManager.default.removeItem(atPath: output)
      let bash = try ChildProcess(
        "/bin/bash",
        [
          "-c",
          "source \"$0\"; COMP_WORDS=($1); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _edgemesh; echo \"${COMPREPLY[*]}\"",
          script, words,
        ], name: "bash", output: .file(output))
      #expect(bash.wait(atMost: .seconds(30)) == .exited(0))
      #expect(try String(contentsOfFile: output, encoding: .utf8) == expected + "\n", "\(words)")
    }
  }

  @Test func roffMeansWhatTheTextSays() {
    #expect(RoffText.escaped("a-b \\ 'c' .") == "a\\-b \\e \\(aqc\\(aq .")
    #expect(RoffText.escaped(".SH") == "\\&.SH")
    #expect(RoffText.quoted("a \"b\"") == "\"a \\(dqb\\(dq\"")
  }

  @Test func theVersionIsOne() throws {
    #expect(try Self.text("debian/changelog").hasPrefix("edgemesh (\(Program.version)"))
  }

  @Test func librariesAreTheSameInEveryList() throws {
    let manifest = try Self.text("Package.swift")
    let control = try Self.text("debian/control")
    let needed = manifest.matches(of: /pkgConfig: "[^"]+", providers: \[\.apt\(\["([^"]+)"\]\)\]/).map {
      String($0.output.1)
    }
    #expect(needed.count == manifest.matches(of: /pkgConfig:/).count && needed.count >= 5)
    for package in needed { #expect(control.contains("\n \(package),"), "debian/control: \(package)") }
    // What Packaging/setup makes of Package.swift.
    let scratch = try Scratch()
    let output = try scratch.file("output")
    let script = #"setup_root=$0; eval "$(sed -n '/^setup_libraries/,/^}/p' "$0/Packaging/setup")"; setup_libraries"#
    let bash = try ChildProcess("/bin/bash", ["-c", script, Self.root], name: "bash", output: .file(output))
    #expect(bash.wait(atMost: .seconds(30)) == .exited(0))
    let listed = try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: ":")[1]
    }
    #expect(listed.map(String.init).sorted() == needed.sorted())
  }

  @Test func theServicesOptionsAreOptions() throws {
    let text = try Self.text("Packaging/join.options")
    let scratch = try Scratch()
    let empty = try scratch.file("join.options", text: text)
    #expect(try OptionFile.words(at: empty, for: JoinCommand.page, excluding: []) == [])
    // The examples in it are good as they stand.
    let examples = text.split(separator: "\n").filter { $0.hasPrefix("#--") }.map { $0.dropFirst() }
    let given = try scratch.file("given.options", text: examples.joined(separator: "\n"))
    #expect(try OptionFile.words(at: given, for: JoinCommand.page, excluding: []).count == examples.count)
    let unit = try Self.text("Packaging/edgemesh.service")
    #expect(unit.contains("--options \(ServiceManager.handOptionsPath) --options \(ServiceManager.optionsPath)\n"))
    #expect(unit.contains("RestartPreventExitStatus=\(ExitCode.usage.rawValue)\n"))
  }
}
