import Foundation
import Synchronization
import Testing

@testable import edgemesh

/// `edgemesh join --service`, with a stand-in for systemctl; Packaging/package-test has a real systemd.
@Suite("The service")
struct ServiceTests {
  /// What systemctl was asked for.
  private final class Calls: Sendable {
    let list = Mutex<[String]>([])
    var all: [String] { list.withLock { $0 } }
  }

  private static func manager(_ scratch: Scratch, _ calls: Calls, failing: String? = nil) throws -> ServiceManager {
    var manager = ServiceManager()
    manager.optionsPath = try scratch.file("etc/service.options")
    manager.handOptionsPath = try scratch.file("join.options")
    manager.runtimeDirectory = scratch.path
    manager.isRoot = { true }
    manager.systemctl = { arguments throws(Failure) in
      calls.list.withLock { $0.append(arguments.joined(separator: " ")) }
      return arguments.contains { $0 == failing } ? 1 : 0
    }
    return manager
  }

  private static func start(_ words: [String], _ manager: ServiceManager) throws -> ExitCode {
    let quiet = Output { _ throws(Failure) in }
    return try JoinCommand.startService(
      Arguments(words, for: JoinCommand.page), manager,
      Console(output: quiet, errors: quiet, width: 80, isTerminal: false))
  }

  @Test func itsOptionsAreWrittenAndTheUnitStarted() throws {
    let scratch = try Scratch()
    let calls = Calls()
    let manager = try Self.manager(scratch, calls)
    let words = ["127.0.0.1:17707", "--service", "--name", "the door", "--memory=1G", "--log", "journal"]
    #expect(try Self.start(words, manager) == .success)
    #expect(
      calls.all == ["cat edgemesh.service", "--quiet enable edgemesh.service", "--quiet restart edgemesh.service"])
    #expect(
      try OptionFile.words(at: manager.optionsPath, for: JoinCommand.page, excluding: [])
        == ["--name=the door", "--memory=1G", "--log=journal", "127.0.0.1:17707"])
    // The agent runs as another user; and nothing else is left in the directory.
    let attributes = try FileManager.default.attributesOfItem(atPath: manager.optionsPath)
    #expect(attributes[.posixPermissions] as? Int == 0o644)
    #expect(try FileManager.default.contentsOfDirectory(atPath: try scratch.file("etc")) == ["service.options"])
    // It is replaced whole.
    #expect(try Self.start(["--service"], manager) == .success)
    #expect(try OptionFile.words(at: manager.optionsPath, for: JoinCommand.page, excluding: []) == [])
  }

  /// What is refused before anything is touched: the words, and what the message names.
  static let mistakes: [(words: [String], named: String)] = [
    (["--service", "--state", "/tmp/x"], "--state"), (["--service", "--end-with-parent"], "--end-with-parent"),
    (["--service", "nowhere"], "SEED"), (["--service", "--listen", "0.0.0.0:7707"], "--insecure"),
    (["--service", "192.0.2.77:7707"], "--insecure"), (["--service", "--name", "a\nb"], "line breaks"),
    (["--service", "--name", String(repeating: "x", count: 65)], "64 bytes"),
  ]

  @Test(arguments: mistakes)
  func mistakesChangeNothing(words: [String], named: String) throws {
    let scratch = try Scratch()
    let calls = Calls()
    let manager = try Self.manager(scratch, calls)
    let error = #expect(throws: Failure.self) { try Self.start(words, manager) }
    #expect(error?.message.contains(named) == true, "\(error?.message ?? "")")
    #expect(!FileManager.default.fileExists(atPath: manager.optionsPath))
    #expect(!calls.all.contains { $0.contains("enable") || $0.contains("restart") })
  }

  @Test func whatIsKeptByHandCounts() throws {
    let scratch = try Scratch()
    let manager = try Self.manager(scratch, Calls())
    _ = try scratch.file("join.options", text: "--insecure\n")
    #expect(
      try Self.start(["--service", "--listen", "0.0.0.0:7707", "--advertise", "192.0.2.2:7707"], manager) == .success)
    _ = try scratch.file("join.options", text: "--insecure\n--lisen x\n")
    let error = #expect(throws: Failure.self) { try Self.start(["--service"], manager) }
    #expect(error?.message.contains("join.options, line 2") == true)
  }

  @Test func aMachineWithoutTheServiceIsTold() throws {
    let scratch = try Scratch()
    let calls = Calls()
    var manager = try Self.manager(scratch, calls, failing: "cat")
    #expect(throws: Failure.self) { try Self.start(["--service"], manager) }
    #expect(calls.all == ["cat edgemesh.service"])
    manager.runtimeDirectory = try scratch.file("missing")
    var error = #expect(throws: Failure.self) { try Self.start(["--service"], manager) }
    #expect(error?.status == .unavailable)
    manager.isRoot = { false }
    error = #expect(throws: Failure.self) { try Self.start(["--service"], manager) }
    #expect(error?.status == .noPermission)
    #expect(error?.message.contains("sudo") == true)
    #expect(calls.all.count == 1)
    #expect(!FileManager.default.fileExists(atPath: manager.optionsPath))
  }

  @Test(arguments: ["enable", "restart"])
  func aUnitThatDoesNotStartIsTold(step: String) throws {
    let scratch = try Scratch()
    let manager = try Self.manager(scratch, Calls(), failing: step)
    let error = #expect(throws: Failure.self) { try Self.start(["--service"], manager) }
    #expect(error?.status == .unavailable)
    #expect(error?.message.contains("journalctl") == true)
  }
}
