import Networks
import Tensors
import Testing

@testable import Learning

@Suite struct GradientTests {
  @Test func aConvolutionWithNormalizationAndShortcut() throws {
    var b = NetworkBuilder(name: "n", input: [1, 5, 9, 7], seed: 3)
    var x = try b.convolution("input", channels: 18, kernel: 3, stride: 2)
    let shortcut = x
    x = try b.batchNormalization(x)
    x = try b.add("Relu", [x])
    x = try b.convolution(x, channels: 18, kernel: 3)
    x = try b.add("Add", [x, shortcut])
    x = try b.add("Relu", [x])
    x = try b.add("GlobalAveragePool", [x])
    x = try b.add("Flatten", [x])
    let check = try GradientCheck(try b.finished(outputs: [x]), seed: 5)
    #expect(check.worstOutput < 1e-5)
    #expect(check.worst < 1e-4, "\(check.worstName)")
    #expect(check.checked > 50)
  }
}
