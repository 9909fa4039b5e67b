import Foundation
import Networks
import Tensors
import Testing

/// `edgemesh export`: what it writes can be read and run again; what it cannot write it does not.
@Suite struct ExportCommandTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test func whatIsWrittenIsTheNetworkInOpset17() throws {
    let network = try ExampleNetworks.small()
    let (file, written) = (try scratch.file("small.onnx", network.onnx()), try scratch.file("written.onnx"))
    for words in [["export", file, written], ["export", "--simplify", file, written]] {
      let result = try Executable.run(words)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.outputLines.count == 1, "\(result.output)")
      #expect(result.output.contains("opset 17"))
      let read = try Network.load(onnx: written).network
      #expect(read.opset == 17)
      let shape = network.inputs[0].shape
      var generator = SeededGenerator(seed: 5)
      let input = Tensor(shape: shape, elements: (0..<shape.elementCount).map { _ in generator.nextFloat() })
      let expected = try PreparedNetwork(network.simplified()).run(["input": input])
      let found = try PreparedNetwork(read).run(["input": input])
      for (name, value) in expected {
        let other = try #require(found[name])
        let difference = zip(value.elements, other.elements).map { abs($0 - $1) }.max() ?? .infinity
        #expect(difference <= 1e-5 * (value.elements.map(abs).max() ?? 0))
      }
    }
  }

  @Test func aDamagedNetworkIsNotWritten() throws {
    let file = try scratch.file("cut.onnx", Array(try ExampleNetworks.small().onnx().dropLast(10)))
    let written = scratch.path + "/none.onnx"
    let result = try Executable.run(["export", file, written])
    #expect(result.status == 65)
    #expect(result.errorLines.count == 1)
    #expect(result.errors.contains(file))
    #expect(!FileManager.default.fileExists(atPath: written))
  }
}
