import Foundation
import Runtime
import Testing

@testable import edgemesh

/// systemd's journald in a mount namespace of its own, so that nothing of this machine's journal is touched. Needs root.
/// It ends with the value.
final class RealJournal {
  private static let daemon = "/lib/systemd/systemd-journald"
  private let process: ChildProcess
  private let scratch: Scratch

  /// Why it cannot be had here; nil where it can.
  static let obstacle: String? = {
    if getuid() != 0 { return "not root" }
    for program in [daemon, "/usr/bin/journalctl", "/usr/bin/systemd-cat", "/usr/bin/nsenter", "/usr/bin/unshare"]
    where !FileManager.default.isExecutableFile(atPath: program) {
      return "\(program) is missing"
    }
    for folder in ["/usr/lib/systemd/catalog", "/var/lib/systemd"] where !FileManager.default.fileExists(atPath: folder)
    {
      return "\(folder) is missing"
    }
    let machine = (try? String(contentsOfFile: "/etc/machine-id", encoding: .utf8)) ?? ""
    if machine.count < 32 { return "/etc/machine-id is missing" }
    let attempt = try? ChildProcess(
      "/usr/bin/unshare", ["-m", "/bin/mount", "-t", "tmpfs", "none", "/run"], name: "unshare", errors: .discarded)
    return attempt?.wait(atMost: .seconds(20)) == .exited(0) ? nil : "no mount namespace can be had"
  }()

  static var isAvailable: Bool { obstacle == nil }
  /// Said where a test is skipped.
  static var reason: Comment { "no journald by hand: \(obstacle ?? "")" }

  init() throws {
    scratch = try Scratch()
    // Our catalog alone, and its database, are in the namespace as well.
    let setUp = """
      set -e
      mount -t tmpfs none /run; mount -t tmpfs none /var/log; mkdir -p /run/systemd/journal
      mount -t tmpfs none /usr/lib/systemd/catalog; cp "$0" /usr/lib/systemd/catalog/
      mount -t tmpfs none /var/lib/systemd; mkdir /var/lib/systemd/catalog; journalctl --update-catalog
      exec \(Self.daemon)
      """
    let catalog = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../Packaging/edgemesh.catalog").standardizedFileURL.path
    process = try ChildProcess(
      "/usr/bin/unshare", ["-m", "/bin/sh", "-c", setUp, catalog], name: "journald",
      errors: .file(try scratch.file("errors")))
    try eventually("journald listens") {
      let errors = try Executable.text(scratch, "errors")
      try #require(process.poll() == nil, "journald has ended: \(errors)")
      return try run(["/usr/bin/test", "-S", "/run/systemd/journal/socket"]).status == 0
    }
  }

  deinit { process.end() }

  /// The namespace, for `setns`.
  var namespace: String { "/proc/\(process.identifier)/ns/mnt" }

  private func entering(_ command: [String]) -> [String] { ["--mount=\(namespace)"] + command }

  /// Runs a command beside journald.
  func run(_ command: [String]) throws -> Executable.Result {
    let scratch = try Scratch()
    let process = try ChildProcess(
      "/usr/bin/nsenter", entering(command), name: command[0], output: .file(try scratch.file("output")),
      errors: .file(try scratch.file("errors")))
    let ending = process.wait(atMost: .seconds(60))
    return Executable.Result(
      ending: ending, output: try Executable.text(scratch, "output"), errors: try Executable.text(scratch, "errors"))
  }

  /// Starts an agent as a unit's are: standard error is a stream into the journal, which `$JOURNAL_STREAM` names.
  /// `first` is run by the shell before.
  func start(
    _ name: String, seeds: [Endpoint] = [], in scratch: Scratch, state: String? = nil, listen: Endpoint? = nil,
    first: String = "true"
  ) throws -> AgentProcess {
    starts += 1
    let inner = "JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2) exec \"$0\" \"$@\" >&3"
    let outer = "\(first); exec 3>&1; exec systemd-cat /bin/sh -c '\(inner)' \"$0\" \"$@\""
    return try AgentProcess(
      program: "/usr/bin/nsenter", name: name, seeds: seeds, listen: listen,
      state: try state ?? scratch.file("state-\(name)"), files: try scratch.file("\(name).\(starts)"),
      before: entering(["/bin/sh", "-c", outer, try Executable.path()]))
  }
  private var starts = 0

  /// Our entries that match, oldest first: fields by name.
  func entries(_ matches: [String]) throws -> [[String: String]] {
    let result = try run(
      ["/usr/bin/journalctl", "--no-pager", "-o", "json", "SYSLOG_IDENTIFIER=edgemesh"] + matches)
    return try result.outputLines.map { line in
      let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      return object.compactMapValues { $0 as? String }
    }
  }

  /// Waits for an entry that matches all, and gives the first.
  @discardableResult
  func wait(for matches: String..., within limit: Duration = .seconds(30)) throws -> [String: String] {
    var found: [String: String]?
    try eventually("an entry with \(matches)", within: limit) {
      found = try entries(matches).first
      return found != nil
    }
    return try #require(found)
  }
}
