import Foundation
import Testing

@testable import edgemesh

/// A directory that goes away with the value.
final class Scratch {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "edgemesh-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// A file's path, written first where there are bytes to write.
  func file(_ name: String, _ bytes: [UInt8]? = nil) throws -> String {
    let file = "\(path)/\(name)"
    if let bytes { try Data(bytes).write(to: URL(fileURLWithPath: file)) }
    return file
  }

  func file(_ name: String, text: String) throws -> String { try file(name, Array(text.utf8)) }
}

/// The program as its users have it: the executable beside the tests.
enum Executable {
  static func path() throws -> String {
    let tests = try ChildProcess.ownPath()
    let path = tests.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/edgemesh"
    try #require(FileManager.default.isExecutableFile(atPath: path), "build the product edgemesh first: \(path)")
    return path
  }

  struct Result {
    var ending: ChildProcess.Ending?
    var output: String
    var errors: String

    var status: Int32? { if case .exited(let status) = ending { status } else { nil } }
    var outputLines: [Substring] { output.split(separator: "\n") }
    var errorLines: [Substring] { errors.split(separator: "\n") }
  }

  /// Runs a command to its end, with the file `input` on standard input. The limit is for a broken build.
  static func run(
    _ arguments: [String], input: String? = nil, environment: [String: String] = [:],
    limit: Duration = .seconds(60)
  ) throws -> Result {
    let scratch = try Scratch()
    let process = try start(arguments, in: scratch, input: input, environment: environment)
    let ending = process.wait(atMost: limit)
    return Result(
      ending: ending, output: try text(scratch, "output"), errors: try text(scratch, "errors"))
  }

  /// Starts a command whose output goes to `output` and `errors` in `scratch`.
  static func start(
    _ arguments: [String], in scratch: Scratch, input: String? = nil, environment: [String: String] = [:]
  ) throws -> ChildProcess {
    let settings = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let redirection = input == nil ? "" : " <\"$INPUT\""
    // The shell gives way to the program, which so is our child.
    return try ChildProcess(
      "/usr/bin/env",
      settings + (input.map { ["INPUT=\($0)"] } ?? []) + ["/bin/sh", "-c", "exec \"$0\" \"$@\"\(redirection)"]
        + [try path()] + arguments,
      name: "edgemesh \(arguments.first ?? "")", output: .file(try scratch.file("output")),
      errors: .file(try scratch.file("errors")))
  }

  static func text(_ scratch: Scratch, _ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: try scratch.file(name))), as: UTF8.self)
  }
}

/// Waits for something that happens in another process. The limit is for a broken build; nothing passes by it.
func eventually(_ what: String, within limit: Duration = .seconds(30), _ condition: () throws -> Bool) throws {
  let end = ContinuousClock.now + limit
  while try !condition() {
    try #require(ContinuousClock.now < end, "\(what) did not happen within \(limit)")
    usleep(1_000)
  }
}

/// One line of `--json` output.
struct OutcomeLine: Decodable {
  struct Seats: Decodable {
    var answered: [Int]
    var lost: [Int]
  }

  var request: Int
  var input: String
  var outcome: String
  var reason: String?
  var latencyMilliseconds: Double
  var exit: String?
  var seats: Seats
  var fills: [String: Double]
  var submissions: Int

  private enum CodingKeys: String, CodingKey {
    case request, input, outcome, reason, exit, seats, fills, submissions
    case latencyMilliseconds = "latency_ms"
  }

  /// The lines of `text` that are whole, but for the summary.
  static func all(in text: String) throws -> [OutcomeLine] {
    let whole = text.lastIndex(of: "\n").map { text[...$0] } ?? ""
    return try whole.split(separator: "\n").filter { !$0.hasPrefix("{\"summary\"") }
      .map { try JSONDecoder().decode(OutcomeLine.self, from: Data($0.utf8)) }
  }
}
