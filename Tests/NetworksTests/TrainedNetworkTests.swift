import Foundation
import Networks
import Tensors
import Testing

/// Trained networks, where they lie in a folder `shared` beside the package; skipped by name where they do not.
///
/// The expected figures are ONNX Runtime's (1.31) on the same input, numbers from `SeededGenerator(seed: 21)`.
@Suite struct TrainedNetworkTests {
  struct Expectation: Sendable, CustomTestStringConvertible {
    var path: String
    var shape: Shape
    var digest: String
    var multiplyAccumulates: Int
    /// The ten outputs of largest magnitude.
    var outputs: [(index: Int, value: Float)]
    var testDescription: String { path }

    var file: String {
      URL(filePath: #filePath).appending(path: "../../../../shared/models/\(path)").standardizedFileURL.path(
        percentEncoded: false)
    }
  }

  static let networks = [
    Expectation(
      path: "squeezenet/squeezenet1.1.onnx", shape: [1, 3, 224, 224],
      digest: "0fccde00", multiplyAccumulates: 349_151_936,
      outputs: [
        (669, 0.1242564395), (111, 0.1237237453), (591, 0.0802662447), (700, 0.0743367225), (549, 0.0460362658),
        (728, 0.0456412584), (446, 0.0367983952), (712, 0.0346016475), (6, 0.0283299517), (921, 0.0252684820),
      ]),
    Expectation(
      path: "resnet20-cifar10/resnet20.onnx", shape: [1, 3, 32, 32],
      digest: "5865d066", multiplyAccumulates: 40_551_040,
      outputs: [
        (2, 12.1514692307), (6, 10.1291856766), (7, -7.3924160004), (5, -6.3802447319), (1, -4.1460919380),
        (8, -3.1953699589), (0, -2.5976395607), (4, 1.4004448652), (3, 0.2113394141), (9, -0.1613118649),
      ]),
  ]

  @Test(arguments: networks) func outputsEqualONNXRuntimes(_ expectation: Expectation) throws {
    guard FileManager.default.fileExists(atPath: expectation.file) else {
      print("skipped: \(expectation.path) is not in a folder 'shared' beside the package")
      return
    }
    let loaded = try Network.load(onnx: expectation.file)
    #expect(loaded.digest.hasPrefix(expectation.digest))
    #expect(try loaded.network.totalMultiplyAccumulates() == expectation.multiplyAccumulates)
    #expect(!loaded.network.nodes.contains { $0.operatorType == "BatchNormalization" })
    let input = try #require(loaded.network.inputs.first)
    #expect(input.shape == expectation.shape)
    let prepared = try PreparedNetwork(loaded.network)
    let outputs = try prepared.run([input.name: PreparedNetworkTests.input(input.shape)])
    let found = try #require(outputs[prepared.outputs[0].name])
    let scale = expectation.outputs.map { abs($0.value) }.max() ?? 0
    for (index, value) in expectation.outputs {
      #expect(abs(found[index] - value) <= 1e-4 * scale, "output \(index): \(found[index]) for \(value)")
    }
  }
}
