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

  static let cases = [
    // LeNet-5 has 61,706, as is known, the ResNets 0.27, 0.46 and 1.7 million (He et al., 2016, table 6).
    Case(name: "lenet", input: [1, 1, 28, 28], parameters: 61_706, megaMACs: 0.41...0.42),
    Case(name: "small-cnn", input: [1, 1, 28, 28], parameters: 98_506, megaMACs: 5...12),
    Case(name: "compact", input: [1, 3, 32, 32], parameters: 297_626, megaMACs: 10...20),
    Case(name: "resnet20", input: [1, 3, 32, 32], parameters: 269_722, megaMACs: 40...41),
    Case(name: "resnet32", input: [1, 3, 32, 32], parameters: 464_154, megaMACs: 68...70),
    Case(name: "resnet110", input: [1, 3, 32, 32], parameters: 1_727_962, megaMACs: 250...256),
  ]

  @Test(arguments: cases) func hasTheStatedSize(_ test: Case) throws {
    let network = try Architecture.named(test.name).network(input: test.input, classes: 10, seed: 1)
    #expect(network.parameterCount == test.parameters)
    let macs = Double(try network.totalMultiplyAccumulates()) / 1e6
    #expect(test.megaMACs.contains(macs), "\(macs)")
    #expect(network.opset == 17)
    #expect(network.inputs == [ValueDescription(name: "input", shape: test.input)])
    #expect(network.outputs == [ValueDescription(name: "logits", shape: [1, 10])])
    #expect(!network.nodes.contains { $0.operatorType == "Softmax" })
  }

  @Test func theTableOfSizesIsComplete() {
    #expect(Set(Self.cases.map(\.name)) == Set(Architecture.all.map(\.name)))
    #expect(Set(Architecture.all.map(\.name)).count == Architecture.all.count)
  }

  @Test(arguments: cases.filter { $0.parameters < 3_000_000 }) func aNewNetworkGivesSensibleLogits(
    _ test: Case
  ) throws {
    let normalization = InputNormalization(
      mean: [Float](repeating: 0.5, count: test.input[1]), deviation: [Float](repeating: 0.29, count: test.input[1]))
    let network = try Architecture.named(test.name).network(
      input: test.input, classes: 10, seed: 2, normalization: normalization)
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

  @Test(arguments: cases.filter { $0.parameters < 3_000_000 }) func exportedItReadsBackEqual(_ test: Case) throws {
    let normalization = InputNormalization(
      mean: [Float](repeating: 0.25, count: test.input[1]), deviation: [Float](repeating: 0.5, count: test.input[1]))
    let network = try Architecture.named(test.name).network(
      input: test.input, classes: 10, seed: 3, normalization: normalization)
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
    // What the exporter writes differs in names of constants at most, and computes the same.
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
