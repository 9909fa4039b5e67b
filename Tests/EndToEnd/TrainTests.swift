import Foundation
import Glibc
import Networks
import Testing

@testable import edgemesh

/// `edgemesh train`, as a process: what it leaves, and that nothing of it is lost with the process.
@Suite struct TrainCommandTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func words(_ out: String, _ more: [String] = []) -> [String] {
    [
      "train", "lenet", "--data", "procedural", "--pictures", "640", "--epochs", "3", "--batch", "16", "--shift", "2",
      "--threads", "1", "--out", out,
    ] + more
  }

  private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

  private struct Epoch: Decodable {
    var epoch: Int
    var trainLoss: Double
    var testAccuracy: Double
    var examplesPerSecond: Double
    var seconds: Double
  }

  private struct Ending: Decodable {
    var result: String
    var testAccuracy: Double
  }

  private func decoded<T: Decodable>(_ line: Substring) throws -> T {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(T.self, from: Data(line.utf8))
  }

  @Test func aRunThatIsKilledAndTakenUpAgainEndsWithTheSameBits() throws {
    let whole = try scratch.file("whole.onnx")
    let first = try Executable.run(words(whole, ["--json"]))
    #expect(first.status == 0, "\(first.errors)")
    let epochs: [Epoch] = try first.outputLines.dropLast().map { try decoded($0) }
    #expect(epochs.map(\.epoch) == [1, 2, 3])
    #expect(epochs[2].trainLoss < epochs[0].trainLoss)
    let ending: Ending = try decoded(first.outputLines.last ?? "")
    #expect(ending.result == whole)
    #expect(ending.testAccuracy == epochs[2].testAccuracy)
    #expect(try Network.load(onnx: whole).network.opset == 17)
    #expect(!FileManager.default.fileExists(atPath: scratch.path + "/whole.checkpoint"))

    // Killed at whatever step it is when the first epoch's checkpoint is there, then at another.
    let broken = try scratch.file("broken.onnx")
    let checkpoint = scratch.path + "/broken.checkpoint"
    var kills = 0
    for delay in [0, 30_000] as [UInt32] {
      let run = try Scratch()
      let process = try Executable.start(words(broken, kills > 0 ? ["--resume"] : []), in: run)
      try eventually("the checkpoint") {
        FileManager.default.fileExists(atPath: checkpoint) || process.poll() != nil
      }
      usleep(delay)
      process.send(signal: SIGKILL)
      if case .killed = process.wait(atMost: .seconds(30)) { kills += 1 }
      guard FileManager.default.fileExists(atPath: checkpoint) else { break }
    }
    #expect(kills > 0, "the runs were over before they were killed")
    if FileManager.default.fileExists(atPath: checkpoint) {
      let refused = try Executable.run(words(broken))
      #expect(refused.status == 73)
      #expect(refused.errors.contains("--resume"))
      let resumed = try Executable.run(words(broken, ["--resume"]))
      #expect(resumed.status == 0, "\(resumed.errors)")
    }
    #expect(try bytes(broken) == bytes(whole))
    let (own, other) = try (bytes(scratch.path + "/broken.csv"), bytes(scratch.path + "/whole.csv"))
    // All but the times: epoch, step, rate, losses and accuracies.
    func results(_ table: Data) -> [[Substring]] {
      String(decoding: table, as: UTF8.self).split(separator: "\n").map { Array($0.split(separator: ",").prefix(6)) }
    }
    #expect(results(own) == results(other))
    #expect(results(own).count == 4)
    #expect(String(decoding: try bytes(scratch.path + "/whole.svg"), as: UTF8.self).contains("<svg"))
  }

  @Test func ctrlCLeavesACheckpoint() throws {
    let out = try scratch.file("n.onnx")
    let run = try Scratch()
    let process = try Executable.start(
      ["train", "lenet", "--data", "procedural", "--pictures", "2000", "--epochs", "2000", "--out", out], in: run)
    try eventually("an epoch") { FileManager.default.fileExists(atPath: self.scratch.path + "/n.csv") }
    process.send(signal: SIGINT)
    guard case .exited(let status) = process.wait(atMost: .seconds(30)) else {
      Issue.record("it did not end by itself")
      return
    }
    #expect(status == 75)
    #expect(try Executable.text(run, "errors").contains("--resume goes on"))
    #expect(FileManager.default.fileExists(atPath: scratch.path + "/n.checkpoint"))
  }

  @Test func whatCannotBeTrainedIsSaidInOneLine() throws {
    let empty = scratch.path + "/empty"
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
    let broken = scratch.path + "/broken"
    try FileManager.default.createDirectory(atPath: broken, withIntermediateDirectories: true)
    for name in [
      "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
    ] {
      try Data([0, 0, 9, 9, 1, 2]).write(to: URL(fileURLWithPath: "\(broken)/\(name)"))
    }
    let out = ["--out", scratch.path + "/n.onnx"]
    let procedural = ["--data", "procedural", "--pictures", "200"]
    let cases: [(words: [String], status: Int32, part: String)] = [
      (["resnet21"] + procedural, 64, "resnet20"),
      (["lenet", "--data", empty], 65, "looked for"),
      (["lenet", "--data", scratch.path + "/none"], 65, "none"),
      (["lenet", "--data", broken], 65, "train-images-idx3-ubyte"),
      (["lenet", "--rate", "1e20", "--schedule", "constant", "--batch", "16"] + procedural, 64, "--rate"),
      (
        ["lenet", "--rate", "100", "--schedule", "constant", "--batch", "16", "--epochs", "9"] + procedural, 65,
        "diverged at step"
      ),
      (["lenet", "--batch", "500"] + procedural, 65, "smaller batch"),
      (["resnet20", "--memory", "1M"] + procedural, 65, "limit"),
      (["lenet", "--resume"] + procedural, 65, "n.checkpoint"),
      (
        ["lenet", "--data", "procedural", "--pictures", "200", "--epochs", "1", "--out", "/nowhere/n.onnx"], 73,
        "/nowhere"
      ),
    ]
    for (words, status, part) in cases {
      let result = try Executable.run(["train"] + words + (words.contains("--out") ? [] : out))
      #expect(result.status == status, "\(words): \(result.errors)")
      #expect(result.errorLines.last?.contains(part) == true, "\(words): \(result.errors)")
      #expect(result.errorLines.filter { $0.hasPrefix("edgemesh train:") }.count == 1, "\(words): \(result.errors)")
    }
  }
}
