import Foundation
import Testing

@testable import edgemesh

/// `edgemesh infer` reading raw frames from a pipe: the test decides when each request is sent.
final class FrameFeed {
  let process: ChildProcess
  private let scratch: Scratch
  private var descriptor: Int32
  private(set) var sent = 0

  init(to addresses: String, options: [String] = []) throws {
    scratch = try Scratch()
    let pipe = try scratch.file("pipe")
    try #require(mkfifo(pipe, 0o600) == 0)
    process = try Executable.start(
      ["infer", "--to", addresses, "--frame", "32x32x3", "--preprocess", "unit", "--json", "-"] + options,
      in: scratch, input: pipe)
    // Waits until the shell has opened the other end.
    descriptor = open(pipe, O_WRONLY | O_CLOEXEC)
    try #require(descriptor >= 0)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Sends one more frame, number `sent`.
  func send() throws {
    sent += 1
    let frame = TestNetwork.frame(sent)
    var written = 0
    while written < frame.count {
      let count = frame.withUnsafeBytes { write(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written) }
      try #require(count > 0, "infer has ended")
      written += count
    }
  }

  /// Sends frames one after another, each after the outcome of the one before, until an outcome satisfies `condition`.
  func sendUntil(_ what: String, within limit: Duration = .seconds(30), _ condition: (OutcomeLine) -> Bool) throws {
    let end = ContinuousClock.now + limit
    repeat {
      try #require(ContinuousClock.now < end, "\(what) did not happen within \(limit)")
      try send()
    } while try !condition(waitForLast())
  }

  /// Sends so many frames, one after another.
  func send(_ count: Int) throws {
    for _ in 0..<count {
      try send()
      _ = try waitForLast()
    }
  }

  /// The outcome of the frame sent last.
  func waitForLast() throws -> OutcomeLine {
    var line: OutcomeLine?
    try eventually("the outcome of frame \(sent)") {
      line = try outcomes().first { $0.input == "frame-\(sent)" }
      return line != nil
    }
    return try #require(line)
  }

  func outcomes() throws -> [OutcomeLine] { try OutcomeLine.all(in: try Executable.text(scratch, "output")) }

  /// The last line, which sums up.
  func summary() throws -> Substring? {
    try Executable.text(scratch, "output").split(separator: "\n").last { $0.hasPrefix("{\"summary\"") }
  }

  /// Ends the stream: infer's exit status and all outcomes.
  func finish() throws -> (ending: ChildProcess.Ending?, outcomes: [OutcomeLine]) {
    close(descriptor)
    descriptor = -1
    let ending = process.wait(atMost: .seconds(30))
    return (ending, try outcomes())
  }
}
