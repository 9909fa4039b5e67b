import Foundation
import Testing

@testable import Runtime
@testable import edgemesh

/// The service manager's side of `$NOTIFY_SOCKET`.
private final class Manager {
  let path: String
  private let descriptor: Int32
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    path = try scratch.file("notify")
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8) + [0]
    try #require(bytes.count <= MemoryLayout.size(ofValue: address.sun_path))
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(code == 0)
    // For a broken build; nothing passes by it.
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  /// The next datagram's lines.
  func next() throws -> [String] {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    try #require(count > 0, "the agent says nothing")
    return String(decoding: buffer.prefix(count), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// Reads until a line satisfies `condition`; all lines up to it.
  @discardableResult
  func read(until condition: (String) -> Bool) throws -> [String] {
    var lines: [String] = []
    while true {
      lines += try next()
      if lines.contains(where: condition) { return lines }
    }
  }

  /// Starts an agent of which this is the service manager.
  func start(_ arguments: [String], environment: [String: String] = [:], in scratch: Scratch) throws -> ChildProcess {
    try Executable.start(
      ["join"] + arguments + ["--listen", "127.0.0.1:0", "--state", try scratch.file("state")], in: scratch,
      environment: environment.merging(["NOTIFY_SOCKET": path]) { $1 })
  }
}

/// What the real program tells a service manager.
@Suite("Service manager")
struct NotifyTests {
  @Test func readyStatusWatchdogStopping() throws {
    let manager = try Manager()
    let scratch = try Scratch()
    let process = try manager.start(["--name", "b0"], environment: ["WATCHDOG_USEC": "200000"], in: scratch)
    #expect(try manager.next() == ["READY=1"])
    // It listens: whoever waits for the unit can go on.
    let output = try Executable.text(scratch, "output")
    let address = try #require(output.firstMatch(of: /listens on ([^,]+),/)).1
    #expect(try Executable.run(["status", "--to", String(address)]).status == 0)
    let lines = try manager.read { $0.hasPrefix("STATUS=") }
    #expect(lines.last == "STATUS=1 of 1 members alive; no plan; 0 requests admitted, 0 under way")
    // Signs of life at half of what the manager waits for.
    let start = ContinuousClock.now
    for _ in 0..<10 { try manager.read { $0 == "WATCHDOG=1" } }
    #expect(ContinuousClock.now - start >= .milliseconds(800))
    process.send(signal: SIGTERM)
    try manager.read { $0 == "STOPPING=1" }
    #expect(process.wait(atMost: .seconds(20)) == .exited(0))
  }

  /// Seeds that are down, or up later, do not fail a unit.
  @Test func seedsThatAreDown() throws {
    let manager = try Manager()
    let scratch = try Scratch()
    let process = try manager.start(
      [try FreePort.any(), "--seed-timeout", "1s"], environment: ["WATCHDOG_USEC": "400000"], in: scratch)
    #expect(try manager.next() == ["READY=1"])
    // Ten signs of life take two seconds.
    for _ in 0..<11 { try manager.read { $0 == "WATCHDOG=1" } }
    #expect(process.poll() == nil)
    #expect(process.end(grace: .seconds(20)) == .exited(0))
  }

  /// Another process's watchdog is not ours to feed.
  @Test func theWatchdogOfAnother() throws {
    let manager = try Manager()
    let scratch = try Scratch()
    let process = try manager.start(
      [], environment: ["WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"], in: scratch)
    let lines = try manager.read { $0.hasPrefix("STATUS=") }
    process.send(signal: SIGTERM)
    let more = try manager.read { $0 == "STOPPING=1" }
    #expect(!(lines + more).contains("WATCHDOG=1"))
    #expect(process.wait(atMost: .seconds(20)) == .exited(0))
  }

  /// A log that nobody reads holds up neither the agent's service nor its end.
  @Test func aLogThatNobodyReads() throws {
    let manager = try Manager()
    let scratch = try Scratch()
    // Standard error is a pipe that is full already.
    let fifo = try scratch.file("pipe")
    try #require(mkfifo(fifo, 0o600) == 0)
    let reading = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    let writing = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
    defer {
      close(reading)
      close(writing)
    }
    let filling = [UInt8](repeating: 0x2e, count: 4_096)
    while write(writing, filling, filling.count) > 0 {}
    let output = try scratch.file("output")
    let process = try ChildProcess(
      "/usr/bin/env",
      ["NOTIFY_SOCKET=\(manager.path)", "WATCHDOG_USEC=200000", try Executable.path(), "join", "--log", "stderr"]
        + ["--listen", "127.0.0.1:0", "--state", try scratch.file("state")],
      name: "edgemesh join", output: .file(output), errors: .file(fifo))
    #expect(try manager.next() == ["READY=1"])
    for _ in 0..<5 { try manager.read { $0 == "WATCHDOG=1" } }
    let address = try #require(try Executable.text(scratch, "output").firstMatch(of: /listens on ([^,]+),/)).1
    #expect(try Executable.run(["status", "--to", String(address)]).status == 0)
    process.send(signal: SIGTERM)
    try manager.read { $0 == "STOPPING=1" }
    #expect(process.wait(atMost: .seconds(20)) == .exited(0))
  }
}
