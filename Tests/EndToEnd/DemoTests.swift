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
      ["demo", "--requests", "50", "--rate", "200", "--seed", "7", "--kill", "\(victim)"],
      environment: ["TMPDIR": scratch.path])
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    let kinds = result.outputLines.compactMap { line in
      line.firstRange(of: "outcomes: ").map { line[$0.upperBound...].prefix { $0.isLetter } }
    }
    #expect(kinds == ["complete", "degraded", "complete"])
    #expect(result.output.contains("by seed 7"))
    func accuracy(_ phase: String) throws -> [String: Double] {
      Accuracies(try #require(result.outputLines.last { $0.contains("\(phase): ") })).byKind
    }
    for phase in ["4 agents", "back again"] {
      let accuracy = try accuracy(phase)
      #expect(accuracy.keys.sorted() == ["complete"])
      // Fifty pictures: two standard errors of a good network's accuracy.
      #expect(accuracy["complete"] ?? 0 >= 100 * ShapesNetworkTests.leastAccuracy - 6)
    }
    let degraded = try accuracy("seat \(victim) killed")["degraded"]
    #expect((0...100).contains(degraded ?? -1))
    let title = try #require(result.outputLines.first { $0.hasPrefix("PHASE") })
    #expect(title.contains("ACCURACY") && title.contains("ALONE"))
    #expect(!title.contains("SAME CLASS"))
    #expect(result.output.contains("lost seat \(victim)"))
    #expect(result.output.contains("each exactly once"))
    try expectNothingLeft(in: scratch)
  }

  /// "complete 2 (accuracy 100.0 %), degraded 98 (accuracy 71.4 %)" in percent.
  private struct Accuracies {
    var byKind: [String: Double] = [:]

    init(_ line: Substring) {
      for match in line.matches(of: /([a-z]+) [0-9]+ \(accuracy ([0-9.]+) %\)/) {
        byKind[String(match.1)] = Double(match.2)
      }
    }
  }

  @Test func picturesOfTheUsersHaveNoAccuracy() throws {
    let scratch = try Scratch()
    let network = try TestNetwork.write(to: scratch)
    let picture = try scratch.file("picture.ppm", Array("P6 32 32 255\n".utf8) + TestNetwork.frame(1))
    let result = try Executable.run(
      [
        "demo", "--network", network, "--images", picture, "--preprocess", "unit", "--agents", "2", "--requests", "10",
        "--rate", "200",
      ], environment: ["TMPDIR": scratch.path])
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    #expect(!result.output.lowercased().contains("accuracy"))
    #expect(result.output.contains("SAME CLASS"))
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
