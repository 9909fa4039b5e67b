import Foundation
import Networks
import Pictures
import Tensors
import Testing

@testable import edgemesh

@Suite("One machine")
struct RunTests {
  private let scratch: Scratch
  private let network: String

  init() throws {
    scratch = try Scratch()
    network = try TestNetwork.write(to: scratch)
  }

  @Test func rawTensorsInAndOut() throws {
    let shape: Shape = [1, 3, 32, 32]
    var random = SeededGenerator(seed: 5)
    let input = Tensor(shape: shape, elements: (0..<shape.elementCount).map { _ in random.nextFloat() })
    let file = try scratch.file("x.npy")
    try NPY.write(input, to: file)
    let expected = try PreparedNetwork(ExampleNetworks.small()).run(["input": input])
    let name = try #require(expected.keys.first)
    let results = try scratch.file("results")

    // Threads share sums in their own ways; with as many as here the answer is the same to the last bit.
    let result = try Executable.run(
      ["run", network, "--input", "input=\(file)", "--output", results, "--json", "--threads", "1"])
    #expect(result.status == 0, "\(result.errors)")
    let output = try NPY.read("\(results)/x.npy.npy")
    #expect(output.shape == expected[name]?.shape)
    #expect(output.elements == expected[name]?.elements)
    let line = try #require(try OutcomeLine.all(in: result.output).first)
    #expect(line.outcome == "complete")
    #expect(line.exit == "end")
    #expect(line.seats.lost.isEmpty)
    #expect(line.fills == ["replica": 0, "zero": 0])
    let last = try #require(result.outputLines.last)
    #expect(last.hasPrefix("{\"summary\":true,\"requests\":1,"))
  }

  @Test func severalInputsMakeOneRequest() throws {
    let shape: Shape = [1, 4]
    let sum = Network(
      name: "sum", opset: 13, inputs: [.init(name: "a", shape: shape), .init(name: "b", shape: shape)],
      outputs: [.init(name: "c", shape: shape), .init(name: "d", shape: shape)],
      nodes: [
        Node(name: "add", operatorType: "Add", inputs: ["a", "b"], outputs: ["c"]),
        Node(name: "relu", operatorType: "Relu", inputs: ["c"], outputs: ["d"]),
      ], constants: [:])
    let file = try scratch.file("sum.onnx", sum.onnx())
    for (name, elements) in [("a", [1, 2, 3, 4] as [Float]), ("b", [-3, 1, 1, -9])] {
      try NPY.write(Tensor(shape: shape, elements: elements), to: try scratch.file("\(name).npy"))
    }
    let a = try "a=\(scratch.file("a.npy"))"
    let b = try "b=\(scratch.file("b.npy"))"
    let results = try scratch.file("results")
    let result = try Executable.run(["run", file, "--input", b, "--input", a, "--output", results])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try NPY.read("\(results)/inputs.c.npy").elements == [-2, 3, 4, -5])
    #expect(try NPY.read("\(results)/inputs.d.npy").elements == [0, 3, 4, 0])

    for words in [["--input", a], ["--input", a, "--input", a], ["--input", "z=\(file)"], [String(a.dropFirst(2))]] {
      let refused = try Executable.run(["run", file] + words)
      #expect(refused.status == ExitCode.usage.rawValue)
      #expect(refused.errorLines.count == 1)
    }
  }

  @Test func framesOnStandardInput() throws {
    let frames = try scratch.file("frames", (0..<3).flatMap(TestNetwork.frame))
    let result = try Executable.run(
      ["run", network, "--frame", "32x32x3", "--preprocess", "unit", "--json", "-"], input: frames)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try OutcomeLine.all(in: result.output).map(\.input) == ["frame-1", "frame-2", "frame-3"])
  }

  @Test func accuracyAndNames() throws {
    let picture = try scratch.file("p.ppm", Array("P6 32 32 255\n".utf8) + TestNetwork.frame(3))
    let first = try Executable.run(["run", network, "--preprocess", "unit", "--json", picture])
    let start = try #require(first.output.firstRange(of: "\"top\":[[\"")?.upperBound)
    let best = try #require(first.output[start...].first?.wholeNumberValue)
    let labels = try scratch.file("labels.csv", text: "file,class_index\np.ppm,\(best)\n")
    let classes = try scratch.file("classes.txt", text: (0..<10).map { "name \($0)\n" }.joined())
    let second = try Executable.run(
      ["run", network, "--preprocess", "unit", "--labels", labels, "--classes", classes, picture])
    #expect(second.status == 0, "\(second.errors)")
    #expect(second.output.contains("name \(best) "))
    #expect(second.output.contains("top-1 100.0 %"))
  }
}
