import Foundation
import Testing

@testable import edgemesh

/// Files for the standard streams of a child, which go away with the value.
private final class Capture {
  let output: String
  let errors: String

  init() {
    let base = FileManager.default.temporaryDirectory.path + "/edgemesh-\(UUID().uuidString)"
    output = base + ".out"
    errors = base + ".err"
  }

  func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

  deinit {
    for path in [output, errors] { try? FileManager.default.removeItem(atPath: path) }
  }
}

@Suite("Child processes")
struct ProcessTests {
  @Test func endings() throws {
    let limit = Duration.seconds(30)
    let three = try ChildProcess("/bin/sh", ["-c", "exit 3"], name: "three")
    #expect(three.wait(atMost: limit) == .exited(3))
    let killed = try ChildProcess("/bin/sh", ["-c", "kill -9 $$"], name: "killed")
    #expect(killed.wait(atMost: limit) == .killed(signal: SIGKILL))
    let sleeper = try ChildProcess("/bin/sleep", ["600"], name: "sleeper")
    #expect(sleeper.poll() == nil)
    sleeper.send(signal: SIGSTOP)
    #expect(sleeper.end() == .killed(signal: SIGTERM))
  }

  @Test func aDeafProcessIsKilled() throws {
    let capture = Capture()
    let deaf = try ChildProcess(
      "/bin/sh", ["-c", "trap '' TERM; echo ready; while :; do sleep 1; done"], name: "deaf",
      output: .file(capture.output))
    while capture.text(capture.output) != "ready\n" { try #require(deaf.poll() == nil) }
    #expect(deaf.end(grace: .milliseconds(50)) == .killed(signal: SIGKILL))
  }

  @Test func nothingOutlivesItsValue() throws {
    let identifier = try ChildProcess("/bin/sleep", ["600"], name: "sleeper").identifier
    #expect(kill(identifier, 0) == -1 && errno == ESRCH)
  }

  @Test func aMissingProgramIsNamed() {
    #expect(throws: Failure(.inputOutput, "cannot start the helper: No such file or directory")) {
      try ChildProcess("/nonexistent/program", [], name: "the helper")
    }
  }

  @Test func signalsArriveWhateverTheParentBlocks() throws {
    var set = sigset_t()
    var old = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &set, &old)
    defer { pthread_sigmask(SIG_SETMASK, &old, nil) }
    let sleeper = try ChildProcess("/bin/sleep", ["600"], name: "sleeper")
    #expect(sleeper.end(grace: .seconds(30)) == .killed(signal: SIGTERM))
  }
}
