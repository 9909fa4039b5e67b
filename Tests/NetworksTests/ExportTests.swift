import Networks
import Tensors
import Testing

@testable import Networks

/// What leaves as an ONNX file of opset 17 computes what the network computed.
@Suite struct ExportTests {
  @Test(arguments: OperatorCase.table)
  func readAgainAnOperatorComputesTheSame(_ test: OperatorCase) throws {
    for areWeightsInputs in [false, true] {
      let (network, values) = test.network(seed: 13, areWeightsInputs: areWeightsInputs)
      let bytes = try network.exported()
      let again = try Network(onnx: bytes)
      #expect(again.opset == 17)
      let expected = try PreparedNetwork(network).run(values.mapValues { .tensor($0) })
      let found = try PreparedNetwork(again).run(values)
      try ExportedFiles.keep(
        "\(test.testDescription) \(test.opset) \(areWeightsInputs)", bytes, of: network, values, expected)
      for (name, value) in expected {
        expect(try #require(found[name]), equals: Values(value.asTensor), test.testDescription)
        #expect(again.outputs.map(\.name) == network.outputs.map(\.name))
      }
    }
  }

  @Test func anExampleNetworkComputesTheSame() throws {
    for network in try ExampleNetworks.all() {
      let bytes = try network.exported()
      let again = try Network(onnx: bytes)
      var generator = SeededGenerator(seed: 14)
      var values: [String: Tensor] = [:]
      for input in network.inputs {
        let elements = (0..<input.shape.elementCount).map { _ in generator.nextFloat() }
        values[input.name] = Tensor(shape: input.shape, elements: elements)
      }
      let expected = try PreparedNetwork(network.simplified()).run(values.mapValues { .tensor($0) })
      let found = try PreparedNetwork(again.simplified()).run(values)
      try ExportedFiles.keep(network.name, bytes, of: network, values, expected)
      for (name, value) in expected { expect(try #require(found[name]), equals: Values(value.asTensor), network.name) }
    }
  }

  @Test func everyOperatorIsSaidInOneWay() {
    let said = OpsetConversion.unchanged.union(OpsetConversion.conversions.keys)
    #expect(Set(OperatorLibrary.names).isSubset(of: said))
    #expect(OpsetConversion.unchanged.isDisjoint(with: OpsetConversion.conversions.keys))
  }

  @Test func ourOwnOperatorsBecomeONNXs() throws {
    let node = Node(
      name: "pick", operatorType: "edgemesh.SelectRows", inputs: ["x"], outputs: ["y"],
      attributes: ["axis": .integer(1), "rows": .integers([2, -1, 0])])
    let network = Network(
      name: "rows", opset: 20, inputs: [ValueDescription(name: "x", shape: [1, 3, 2])],
      outputs: [ValueDescription(name: "y", shape: [1, 3, 2])], nodes: [node], constants: [:])
    let again = try Network(onnx: network.exported())
    #expect(again.nodes.allSatisfy { !$0.operatorType.contains(".") })
    let x = Tensor(shape: [1, 3, 2], elements: [1, 2, 3, 4, 5, 6])
    let y = try #require(try PreparedNetwork(again).run(["x": x])["y"])
    #expect(y.elements == [5, 6, 0, 0, 1, 2])
  }

  /// Exporters reckon with shapes while the network runs: what follows from the input's is known.
  @Test func aShapeThatIsReckonedIsKnown() throws {
    let nodes = [
      Node(name: "shape", operatorType: "Shape", inputs: ["x"], outputs: ["s"]),
      Node(name: "pick", operatorType: "Gather", inputs: ["s", "zero"], outputs: ["n"]),
      Node(
        name: "join", operatorType: "Concat", inputs: ["n", "rest"], outputs: ["t"], attributes: ["axis": .integer(0)]),
      Node(name: "reshape", operatorType: "Reshape", inputs: ["x", "t"], outputs: ["y"]),
    ]
    let network = Network(
      name: "", opset: 13, inputs: [ValueDescription(name: "x", shape: [2, 3, 2])],
      outputs: [ValueDescription(name: "y", shape: [])], nodes: nodes,
      constants: [
        "zero": .integer(IntegerTensor(shape: [1], elements: [0])),
        "rest": .integer(IntegerTensor(shape: [1], elements: [-1])),
      ])
    let again = try Network(onnx: network.exported())
    #expect(again.nodes.map(\.operatorType) == ["Reshape"])
    #expect(try again.inferredShapes()["y"] == [2, 6])
  }

  @Test func integersAndTruthValuesStayWhatTheyAre() throws {
    for (type, elementType) in [("MaxPool", ElementType.integer), ("ReduceMax", .boolean), ("ReduceMin", .boolean)] {
      let attributes: [String: Attribute] = type == "MaxPool" ? ["kernel_shape": .integers([2])] : [:]
      let network = Network(
        name: type, opset: 20, inputs: [ValueDescription(name: "x", shape: [1, 2, 3], elementType: elementType)],
        outputs: [ValueDescription(name: "y", shape: [])],
        nodes: [Node(name: "n", operatorType: type, inputs: ["x"], outputs: ["y"], attributes: attributes)],
        constants: [:])
      let again = try Network(onnx: network.exported())
      let elements = elementType == .boolean ? [0, 1, 1, 0, 1, 1] : [5, -7, 3, 1 << 20, 0, 2]
      let x = IntegerTensor(shape: [1, 2, 3], elements: elements, isBoolean: elementType == .boolean)
      let expected = try PreparedNetwork(network).run(["x": .integers(x)])["y"]
      let found = try PreparedNetwork(again).run(["x": .integers(x)])["y"]
      #expect(try #require(found).elementType == elementType)
      #expect(try #require(found).asTensor.elements == #require(expected).asTensor.elements, "\(type)")
    }
  }
}
