import Glibc
import Testing

@testable import edgemesh

@Suite("Signals and closed streams")
struct SignalTests {
  @Test func theFirstSignalRunsTheCleanUp() async {
    await #expect(processExitsWith: .exitCode(7)) {
      try Signals.watch { signal in exit(signal == SIGTERM ? 7 : 8) }
      kill(getpid(), SIGTERM)
      while true { pause() }
    }
  }

  @Test func aSecondSignalDoesNotWaitForTheCleanUp() async {
    await #expect(processExitsWith: .signal(SIGINT)) {
      try Signals.watch { _ in
        kill(getpid(), SIGINT)
        while true { pause() }
      }
      kill(getpid(), SIGTERM)
      while true { pause() }
    }
  }

  @Test func whatTheParentIgnoresStaysIgnored() async {
    await #expect(processExitsWith: .exitCode(5)) {
      signal(SIGHUP, SIG_IGN)
      try Signals.watch { signal in exit(signal == SIGTERM ? 5 : 6) }
      kill(getpid(), SIGHUP)
      kill(getpid(), SIGTERM)
      while true { pause() }
    }
  }

  @Test func aReaderThatWentAwayIsAFailure() async {
    await #expect(processExitsWith: .exitCode(9)) {
      signal(SIGPIPE, SIG_IGN)
      var ends: [Int32] = [0, 0]
      guard pipe(&ends) == 0 else { exit(1) }
      close(ends[0])
      do throws(Failure) {
        try Output.descriptor(ends[1], name: "the pipe").write("x")
      } catch {
        exit(error == Failure(.inputOutput, "the pipe was closed by its reader") ? 9 : 2)
      }
    }
  }

  @Test func aFullDiskIsAFailure() throws {
    let full = open("/dev/full", O_WRONLY)
    try #require(full >= 0)
    defer { close(full) }
    #expect(throws: Failure(.inputOutput, "cannot write to the disk: No space left on device")) {
      try Output.descriptor(full, name: "the disk").write("x")
    }
  }
}
