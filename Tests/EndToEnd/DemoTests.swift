import Foundation
import Testing

@testable import edgemesh

@Suite("Demonstration")
struct DemoTests {
  /// Processes whose command line names `text`.
  private func processes(naming text: String) -> [String] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return entries.filter { entry in
      guard Int(entry) != nil, let line = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline") else {
        return false
      }
      return String(decoding: line, as: UTF8.self).contains(text)
    }
  }

  private func expectNothingLeft(in scratch: Scratch) throws {
    try eventually("all agents have ended") { processes(naming: scratch.path).isEmpty }
    let left = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
    #expect(left.allSatisfy { !$0.hasPrefix("edgemesh-demo") }, "\(left)")
  }

  @Test(arguments: [0, 2])
  func outcomesGoFromCompleteToDegradedAndBack(victim: Int) throws {
    let scratch = try Scratch()
    let result = try Executable.run(
      ["demo", "--requests", "25", "--rate", "200", "--kill", "\(victim)"], environment: ["TMPDIR": scratch.path])
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    let kinds = result.outputLines.compactMap { line in
      line.firstRange(of: "outcomes: ").map { line[$0.upperBound...].prefix { $0.isLetter } }
    }
    #expect(kinds == ["complete", "degraded", "complete"])
    #expect(result.output.contains("not trained"))
    #expect(result.output.contains("lost seat \(victim)"))
    #expect(result.output.contains("each exactly once"))
    try expectNothingLeft(in: scratch)
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGKILL])
  func nothingOutlivesIt(signal: Int32) throws {
    let scratch = try Scratch()
    let demo = try Executable.start(
      ["demo", "--requests", "100000"], in: scratch, environment: ["TMPDIR": scratch.path])
    try eventually("the stream has begun") { try Executable.text(scratch, "output").contains("outcomes: complete") }
    #expect(processes(naming: scratch.path).count >= 4)
    demo.send(signal: signal)
    let ending = demo.wait(atMost: .seconds(10))
    if signal == SIGKILL {
      // Nobody is there to remove the files, but the agents end.
      #expect(ending == .killed(signal: SIGKILL))
      try eventually("all agents have ended") { processes(naming: scratch.path).isEmpty }
    } else {
      #expect(ending == .exited(128 + signal))
      try expectNothingLeft(in: scratch)
    }
  }
}
