import Networks
import Tensors
import Testing

@testable import Learning

@Suite struct ArchitectureTests {
  /// What an architecture has: on pictures of this shape, for 10 classes, so many parameters.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let input: Shape
    let parameters: Int
    /// Multiply-accumulates, in millions.
    let megaMACs: ClosedRange<Double>
    var testDescription: String { name }
  }

  /// Sums made by hand of the figures in the papers, which say: LeNet-5 62 thousand with today's layers; ResNet 0.27, 0.46
  /// and 1.7 million (He et al., 2016, table 6); WRN-16-1 0.2, 16-2 0.7, 16-4 2.7, 22-1 0.3, 28-10 36.5 million (Zagoruyko and
  /// Komodakis, 2016, table 4; for the smaller ones their distillation experiments); VGG-16 14.7, MobileNetV2 2.2 million
  /// without the classifiers for ImageNet.
  static let cases = [
    Case(name: "lenet", input: [1, 1, 28, 28], parameters: 61_706, megaMACs: 0.41...0.42),
    Case(name: "small-cnn", input: [1, 1, 28, 28], parameters: 117_322, megaMACs: 5...12),
    Case(name: "compact", input: [1, 3, 32, 32], parameters: 297_626, megaMACs: 10...20),
    Case(name: "resnet20", input: [1, 3, 32, 32], parameters: 269_722, megaMACs: 40...41),
    Case(name: "resnet32", input: [1, 3, 32, 32], parameters: 464_154, megaMACs: 68...70),
    Case(name: "resnet110", input: [1, 3, 32, 32], parameters: 1_727_962, megaMACs: 250...256),
    Case(name: "chain-8", input: [1, 3, 32, 32], parameters: 149_738, megaMACs: 35...40),
    Case(name: "alexnet", input: [1, 3, 32, 32], parameters: 2_472_266, megaMACs: 14.9...15),
    Case(name: "vgg16-bn", input: [1, 3, 32, 32], parameters: 14_724_042, megaMACs: 313...314),
    Case(name: "wrn-16-1", input: [1, 3, 32, 32], parameters: 175_066, megaMACs: 26...28),
    Case(name: "wrn-16-2", input: [1, 3, 32, 32], parameters: 691_674, megaMACs: 100...102),
    Case(name: "wrn-16-3", input: [1, 3, 32, 32], parameters: 1_549_530, megaMACs: 220...230),
    Case(name: "wrn-16-4", input: [1, 3, 32, 32], parameters: 2_748_890, megaMACs: 390...400),
    Case(name: "wrn-22-1", input: [1, 3, 32, 32], parameters: 272_282, megaMACs: 40...42),
    Case(name: "wrn-28-10", input: [1, 3, 32, 32], parameters: 36_479_194, megaMACs: 5_200...5_260),
    Case(name: "mobilenetv2", input: [1, 3, 32, 32], parameters: 2_236_682, megaMACs: 86...96),
    Case(name: "convnext-small", input: [1, 3, 32, 32], parameters: 1_315_450, megaMACs: 40...60),
    Case(name: "vit-small", input: [1, 3, 32, 32], parameters: 810_890, megaMACs: 50...70),
    Case(name: "lstm", input: [1, 3, 32, 32], parameters: 117_002, megaMACs: 3.5...3.8),
    Case(name: "gru", input: [1, 3, 32, 32], parameters: 88_074, megaMACs: 2.6...2.9),
  ]

  /// Those whose weights are quickly drawn.
  static let smallCases = cases.filter { $0.parameters < 3_000_000 }

  @Test(arguments: cases) func hasTheStatedSize(_ test: Case) throws {
    let network = try Architecture.named(test.name).network(input: test.input, classes: 10, seed: nil)
    #expect(network.parameterCount == test.parameters)
    let macs = Double(try network.totalMultiplyAccumulates()) / 1e6
    #expect(test.megaMACs.contains(macs), "\(macs)")
    #expect(network.opset == 17)
    #expect(network.inputs == [ValueDescription(name: "input", shape: test.input)])
    #expect(network.outputs == [ValueDescription(name: "logits", shape: [1, 10])])
    #expect(network.nodes.last?.operatorType == "Gemm")
  }

  @Test func theTableOfSizesIsComplete() {
    #expect(Set(Self.cases.map(\.name)) == Set(Architecture.all.map(\.name)))
    #expect(Set(Architecture.all.map(\.name)).count == Architecture.all.count)
  }

  @Test(arguments: smallCases) func aNewNetworkRunsAndIsExported(_ test: Case) throws {
    let normalization = InputNormalization(
      mean: [Float](repeating: 0.5, count: test.input[1]), deviation: [Float](repeating: 0.29, count: test.input[1]))
    let network = try Architecture.named(test.name).network(
      input: test.input, classes: 10, seed: 2, normalization: normalization)
    try checkLogits(of: network, test)
    try checkFile(of: network)
    try checkExport(of: network, test)
  }

  /// At the beginning they are finite, and neither all alike nor huge.
  private func checkLogits(of network: Network, _ test: Case) throws {
    let prepared = try PreparedNetwork(network)
    var squares: Float = 0
    for picture in 0..<3 {
      let logits = try #require(try prepared.run(["input": Self.picture(test.input, seed: UInt64(picture))])["logits"])
      let isFinite = logits.elements.allSatisfy { $0.isFinite }
      #expect(isFinite)
      squares += logits.elements.reduce(0) { $0 + $1 * $1 } / 30
    }
    #expect(test.logits.contains(squares.squareRoot()), "\(squares.squareRoot())")
  }

  /// Written and read again it is the same.
  private func checkFile(of network: Network) throws {
    let same = try Network(onnx: network.onnx())
    #expect(same.name == network.name && same.opset == 17)
    #expect(same.inputs == network.inputs)
    let areNodesEqual = same.nodes == network.nodes
    #expect(areNodesEqual)
    #expect(same.constants.count == network.constants.count)
    for (name, constant) in network.constants {
      let areEqual =
        switch (constant, try #require(same.constants[name])) {
        case (.float(let one), .float(let two)): one.shape == two.shape && one.elements == two.elements
        case (.integer(let one), .integer(let two)): one == two
        default: false
        }
      #expect(areEqual, "\(name)")
    }
  }

  /// What the exporter writes differs in names of constants at most, and computes the same.
  private func checkExport(of network: Network, _ test: Case) throws {
    let bytes = try network.exported()
    let again = try Network(onnx: bytes)
    #expect(again.nodes.map(\.name) == network.nodes.map(\.name))
    #expect(again.nodes.map(\.operatorType) == network.nodes.map(\.operatorType))
    let inputs = ["input": Self.picture(test.input, seed: 4)]
    let expected = try #require(try PreparedNetwork(network.simplified()).run(inputs)["logits"])
    let found = try #require(try PreparedNetwork(again.simplified()).run(inputs)["logits"])
    #expect(found.elements == expected.elements)
    try ArchitectureFiles.keep(test.name, bytes, inputs, ["logits": expected])
  }

  static func picture(_ shape: Shape, seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor(
      shape: shape, elements: (0..<shape.elementCount).map { _ in (generator.nextFloat() + 1) / 2 })
  }
}

extension ArchitectureTests.Case {
  /// Between which bounds the logits' root mean square is expected at the beginning.
  ///
  /// Until statistics are gathered batch normalisation passes on what it gets, and each block adds to the variance.
  var logits: ClosedRange<Float> { ["resnet32": 1...1e3, "resnet110": 1...1e12][name] ?? 0.05...20 }
}

extension Network {
  /// Numbers that are learnt: not the statistics of batch normalisation, and not how the input is normalised.
  var parameterCount: Int {
    constants.filter { name, constant in
      guard case .float(let tensor) = constant, tensor.shape.rank > 0 else { return false }
      return !name.hasPrefix("input.") && !name.hasSuffix(".mean") && !name.hasSuffix(".variance")
    }.values.reduce(0) { $0 + $1.shape.elementCount }
  }
}
