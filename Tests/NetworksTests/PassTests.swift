import Networks
import Tensors
import Testing

@Suite struct PassTests {
  private func network(_ nodes: [Node], outputs: [String], constants: [String: Constant] = [:]) -> Network {
    Network(
      name: "n", opset: 13, inputs: [ValueDescription(name: "x", shape: [1, 4, 3, 3])],
      outputs: outputs.map { ValueDescription(name: $0, shape: []) }, nodes: nodes, constants: constants)
  }

  private func relu(_ name: String, _ input: String, _ output: String) -> Node {
    Node(name: name, operatorType: "Relu", inputs: [input], outputs: [output])
  }

  private func input(_ seed: UInt64, _ shape: Shape = [1, 4, 3, 3]) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor(shape: shape, elements: (0..<shape.elementCount).map { _ in generator.nextFloat() })
  }

  // MARK: Validation

  @Test func nodesAreBroughtIntoOrder() throws {
    let network = network([relu("c", "b", "c"), relu("a", "x", "a"), relu("b", "a", "b")], outputs: ["c"])
    #expect(try network.validated().nodes.map(\.name) == ["a", "b", "c"])
  }

  @Test func aChainOfAnyLengthIsOrderedWithoutRecursion() throws {
    let count = 20_000
    let nodes = (0..<count).reversed().map { relu("n\($0)", $0 == 0 ? "x" : "v\($0 - 1)", "v\($0)") }
    #expect(try network(nodes, outputs: ["v\(count - 1)"]).validated().nodes.first?.name == "n0")
  }

  @Test func whatIsWrongWithAGraphIsNamed() {
    let add = Node(name: "add", operatorType: "Add", inputs: ["x", "b"], outputs: ["a"])
    let cases: [(Network, [String])] = [
      (network([add, relu("r", "a", "b")], outputs: ["b"]), ["'add'", "'r'", "circle"]),
      (network([relu("r", "y", "b")], outputs: ["b"]), ["'r'", "'y'"]),
      (network([relu("r", "x", "b"), relu("s", "x", "b")], outputs: ["b"]), ["'b'", "'s'"]),
      (network([relu("r", "x", "x")], outputs: ["x"]), ["'x'"]),
      (network([relu("r", "x", "a"), relu("r", "x", "b")], outputs: ["b"]), ["'r'"]),
      (network([relu("r", "x", "b")], outputs: ["c"]), ["'c'"]), (network([], outputs: []), ["no outputs"]),
      (network([relu("r", "x", "")], outputs: ["x"]), ["'r'"]),
    ]
    for (network, words) in cases {
      let error = #expect(throws: NetworkError.self) { _ = try network.validated() }
      for word in words {
        #expect(error?.description.contains(word) == true, "\(error?.description ?? "") lacks \(word)")
      }
      #expect(error?.description.contains("\n") == false)
    }
  }

  // MARK: Simplifying

  @Test func shapeChainsFold() throws {
    // What exporters write for x.view(x.size(0), -1).
    let constants: [String: Constant] = [
      "zero": .integer(IntegerTensor(shape: [], elements: [0])),
      "axes": .integer(IntegerTensor(shape: [1], elements: [0])),
      "rest": .integer(IntegerTensor(shape: [1], elements: [-1])),
    ]
    let nodes = [
      Node(name: "shape", operatorType: "Shape", inputs: ["x"], outputs: ["s"]),
      Node(name: "gather", operatorType: "Gather", inputs: ["s", "zero"], outputs: ["n"]),
      Node(name: "unsqueeze", operatorType: "Unsqueeze", inputs: ["n", "axes"], outputs: ["u"]),
      Node(
        name: "concat", operatorType: "Concat", inputs: ["u", "rest"], outputs: ["t"], attributes: ["axis": .integer(0)]
      ),
      Node(name: "reshape", operatorType: "Reshape", inputs: ["x", "t"], outputs: ["y"]),
    ]
    let network = try network(nodes, outputs: ["y"], constants: constants).simplified()
    #expect(network.nodes.map(\.name) == ["reshape"])
    #expect(network.outputs == [ValueDescription(name: "y", shape: [1, 36])])
    #expect(Set(network.constants.keys) == ["t"])
  }

  @Test func whatPassesItsInputOnIsRemoved() throws {
    let nodes = [
      Node(name: "drop", operatorType: "Dropout", inputs: ["x"], outputs: ["d", "mask"]), relu("r", "d", "a"),
      Node(name: "i", operatorType: "Identity", inputs: ["a"], outputs: ["b"]),
      Node(name: "j", operatorType: "Identity", inputs: ["b"], outputs: ["y"]), relu("s", "b", "z"),
    ]
    let original = network(nodes, outputs: ["y", "z"])
    let network = try original.simplified()
    #expect(network.nodes.map(\.name) == ["r", "s"])
    let values = ["x": input(1)]
    let found = try PreparedNetwork(network).run(values)
    for (name, value) in Reference.run(original, values) where ["y", "z"].contains(name) {
      expect(try #require(found[name]), equals: value, name)
    }
  }

  @Test func anInputThatIsAnOutputStays() throws {
    let nodes = [Node(name: "i", operatorType: "Identity", inputs: ["x"], outputs: ["y"])]
    let network = try network(nodes, outputs: ["y", "x"]).simplified()
    let found = try PreparedNetwork(network).run(["x": input(2)])
    #expect(found["y"]?.elements == input(2).elements)
    #expect(found["x"]?.elements == input(2).elements)
  }

  @Test func anIdentityOfTwoInputsIsAnErrorAndNotRemoved() {
    let nodes = [Node(name: "i", operatorType: "Identity", inputs: ["x", "x"], outputs: ["y"])]
    #expect(throws: NetworkError.self) { _ = try network(nodes, outputs: ["y"]).simplified() }
  }

  @Test func aMaskThatIsUsedIsAnErrorAndNoDropout() {
    let nodes = [
      Node(name: "drop", operatorType: "Dropout", inputs: ["x"], outputs: ["d", "mask"]), relu("r", "mask", "y"),
    ]
    #expect(throws: NetworkError.self) { _ = try PreparedNetwork(network(nodes, outputs: ["y"]).simplified()) }
  }

  @Test func batchNormalizationFoldsWhereItIsTheOnlyConsumer() throws {
    var builder = NetworkBuilder(name: "bn", input: [1, 3, 6, 6], seed: 9)
    // Folds, with and without a bias.
    var x = try builder.batchNormalization(try builder.convolution("input", channels: 6, kernel: 3))
    x = try builder.batchNormalization(try builder.convolution(x, channels: 8, kernel: 3, groups: 2, bias: false))
    // Does not: somebody else needs the convolution's output, and nothing comes before.
    let shared = try builder.convolution(x, channels: 8, kernel: 1)
    let normalized = try builder.batchNormalization(shared)
    x = try builder.add("Concat", [shared, normalized], ["axis": .integer(1)])
    x = try builder.batchNormalization(try builder.relu(x))
    // Folds into a transposed convolution, and into either layout of a fully connected layer.
    x = try builder.batchNormalization(
      try builder.add("ConvTranspose", [x, builder.random([16, 5, 3, 3], spread: 1)], ["strides": .integers([2, 2])]))
    x = try builder.add("Flatten", [try builder.add("GlobalAveragePool", [x])])
    x = try builder.batchNormalization(try builder.linear(x, outputs: 7))
    x = try builder.batchNormalization(try builder.add("Gemm", [x, builder.random([7, 5], spread: 1)]))
    let network = try builder.finished(outputs: [x])
    let folded = try network.simplified()
    #expect(network.nodes.count { $0.operatorType == "BatchNormalization" } == 7)
    #expect(folded.nodes.count { $0.operatorType == "BatchNormalization" } == 2)
    let values = ["input": input(4, [1, 3, 6, 6])]
    let expected = try #require(Reference.run(network, values)[x])
    expect(try #require(try PreparedNetwork(folded).run(values)[x]), equals: expected, "folded")
    expect(try #require(try PreparedNetwork(network).run(values)[x]), equals: expected, "as it was")
  }

  @Test func normalizationsThatShareAConvolutionsWeightsFoldApart() throws {
    var builder = NetworkBuilder(name: "shared", input: [1, 3, 5, 5], seed: 10)
    let weights = builder.random([4, 3, 1, 1], spread: 1)
    let a = try builder.batchNormalization(try builder.add("Conv", ["input", weights]))
    let b = try builder.batchNormalization(try builder.add("Conv", ["input", weights]))
    let sum = try builder.add("Add", [a, b])
    let network = try builder.finished(outputs: [sum])
    let values = ["input": input(5, [1, 3, 5, 5])]
    let found = try PreparedNetwork(network.simplified()).run(values)
    expect(try #require(found[sum]), equals: try #require(Reference.run(network, values)[sum]), "both")
  }

  @Test func splitsBecomeSlices() throws {
    let nodes = [
      Node(
        name: "split", operatorType: "Split", inputs: ["x"], outputs: ["a", "b"], attributes: ["axis": .integer(1)]),
      Node(name: "sub", operatorType: "Sub", inputs: ["b", "a"], outputs: ["y"]),
    ]
    let original = network(nodes, outputs: ["y"])
    let network = try original.simplified()
    #expect(network.nodes.map(\.operatorType) == ["Slice", "Slice", "Sub"])
    let values = ["x": input(6)]
    expect(
      try #require(try PreparedNetwork(network).run(values)["y"]),
      equals: try #require(Reference.run(original, values)["y"]), "split")
  }

  @Test func whatNoOutputNeedsIsRemoved() throws {
    var builder = NetworkBuilder(name: "unused", input: [1, 3, 5, 5], seed: 10)
    let kept = try builder.relu("input")
    _ = try builder.convolution("input", channels: 4, kernel: 3)
    let network = try builder.finished(outputs: [kept]).simplified()
    #expect(network.nodes.count == 1)
    #expect(network.constants.isEmpty)
  }

  /// A file of a few bytes may ask for gigabytes: each value is bounded, and what folding writes altogether.
  @Test func foldingIsBounded() throws {
    let huge = IntegerTensor(shape: [2], elements: [1 << 20, 1 << 20])
    let ones = Node(name: "ones", operatorType: "ConstantOfShape", inputs: ["s"], outputs: ["o"])
    let add = Node(name: "add", operatorType: "Add", inputs: ["x", "o"], outputs: ["y"])
    #expect(throws: NetworkError.self) {
      _ = try network([ones, add], outputs: ["y"], constants: ["s": .integer(huge)]).simplified()
    }
    var nodes = [Node(name: "d0", operatorType: "ConstantOfShape", inputs: ["s"], outputs: ["v0"])]
    for index in 1..<22 {
      nodes.append(
        Node(
          name: "d\(index)", operatorType: "Concat", inputs: ["v\(index - 1)", "v\(index - 1)"], outputs: ["v\(index)"],
          attributes: ["axis": .integer(0)]))
    }
    nodes.append(Node(name: "mean", operatorType: "ReduceMean", inputs: ["v21"], outputs: ["m"]))
    nodes.append(Node(name: "add", operatorType: "Add", inputs: ["x", "m"], outputs: ["y"]))
    let doubling = network(nodes, outputs: ["y"], constants: ["s": .integer(IntegerTensor(shape: [1], elements: [64]))])
    let simplified = try doubling.simplified()
    #expect(simplified.constants.values.reduce(0) { $0 + $1.shape.elementCount } < 40_000_000)
    #expect(simplified.nodes.count > 1)
  }

  @Test func unsupportedOperatorsAreAllNamed() {
    let nodes = [
      Node(name: "a", operatorType: "Foo", inputs: ["x"], outputs: ["p"]),
      Node(name: "b", operatorType: "Bar", inputs: ["p"], outputs: ["q"]),
    ]
    let expected = NetworkError.unsupportedOperators(["Foo (node 'a', opset 13)", "Bar (node 'b', opset 13)"])
    #expect(throws: expected) { _ = try network(nodes, outputs: ["q"]).simplified() }
    #expect(throws: expected) { _ = try network(nodes, outputs: ["q"]).inferredShapes() }
  }
}
