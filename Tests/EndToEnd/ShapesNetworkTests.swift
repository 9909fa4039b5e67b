import Learning
import Networks
import Tensors
import Testing

@testable import edgemesh

/// The trained network that comes with the program.
@Suite struct ShapesNetworkTests {
  /// The share of drawn pictures that it must get right.
  static let leastAccuracy = 0.95

  private static let pictures = ProceduralPictures(seed: 20_000, part: .show, count: 500)

  @Test func takesPicturesAndGivesAScoreToEachClass() throws {
    let bytes = ShapesNetwork.onnx
    #expect(bytes.count < 1_500_000)
    let loaded = try ShapesNetwork.load()
    #expect(loaded.digest == sha256Hex(bytes))
    #expect(loaded.network.inputs.map(\.shape) == [Self.pictures.sampleShape])
    #expect(loaded.network.outputs.map(\.shape) == [[1, Self.pictures.classNames.count]])
  }

  @Test func tellsShapesApartInPicturesThatItHasNotSeen() throws {
    let loaded = try ShapesNetwork.load()
    let prepared = try PreparedNetwork(loaded.network)
    let (input, output) = (loaded.network.inputs[0], loaded.network.outputs[0])
    var right = 0
    for index in 0..<Self.pictures.count {
      let sample = try Self.pictures.sample(index)
      let outputs = try prepared.run([input.name: Tensor(shape: input.shape, elements: sample.numbers)])
      let scores = try #require(outputs[output.name]).elements
      if scores.indices.max(by: { scores[$0] < scores[$1] }) == sample.label { right += 1 }
    }
    #expect(Double(right) >= Self.leastAccuracy * Double(Self.pictures.count))
  }

  @Test func itsNameStandsForAFile() throws {
    let scratch = try Scratch()
    let written = try scratch.file("written.onnx")
    let plan = try scratch.file("plan.json")
    for words in [
      ["export", "shapes", written], ["inspect", "shapes"], ["plan", "shapes", "--seats", "3", "-o", plan],
      ["bench", "shapes", "--seconds", "0.05"],
    ] {
      let result = try Executable.run(words)
      #expect(result.status == 0, "\(words): \(result.errors)")
    }
    let expected = try PreparedNetwork(ShapesNetwork.load().network)
    let found = try PreparedNetwork(Network.load(onnx: written).network)
    let input = Tensor(shape: Self.pictures.sampleShape, elements: try Self.pictures.sample(0).numbers)
    for (name, value) in try expected.run(["input": input]) {
      let other = try #require(try found.run(["input": input])[name])
      #expect(zip(value.elements, other.elements).allSatisfy { abs($0 - $1) < 1e-3 })
    }
  }

  @Test func aFileOfThatNameGoesBefore() throws {
    let scratch = try Scratch()
    _ = try scratch.file("shapes", Array("no network".utf8))
    let process = try ChildProcess(
      "/bin/sh", ["-c", "cd \"$0\" && exec \"$1\" inspect shapes", scratch.path, try Executable.path()],
      name: "edgemesh inspect", output: .file(try scratch.file("output")), errors: .file(try scratch.file("errors")))
    #expect(process.wait(atMost: .seconds(20)) == .exited(65))
  }
}
