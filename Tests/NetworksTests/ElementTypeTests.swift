import Foundation
import Tensors
import Testing

@testable import Networks

/// Integers and truth values: as inputs, as outputs, in files, and where an operator does not take them.
@Suite struct ElementTypeTests {
  /// The rows of a table at indices that are an input, and the indices plus one.
  static func lookup() -> Network {
    Network(
      name: "lookup", opset: 17, inputs: [ValueDescription(name: "i", shape: [3], elementType: .integer)],
      outputs: [
        ValueDescription(name: "rows", shape: [3, 2]),
        ValueDescription(name: "next", shape: [3], elementType: .integer),
      ],
      nodes: [
        Node(name: "g", operatorType: "Gather", inputs: ["table", "i"], outputs: ["rows"]),
        Node(name: "a", operatorType: "Add", inputs: ["i", "one"], outputs: ["next"]),
      ],
      constants: [
        "table": .float(Tensor(shape: [4, 2], elements: (0..<8).map { Float($0) })),
        "one": .integer(IntegerTensor(shape: [], elements: [1])),
      ])
  }

  @Test func integersAreTakenAndGivenAsTheyAreOrRounded() throws {
    let prepared = try PreparedNetwork(Self.lookup())
    #expect(prepared.outputs.map(\.elementType) == [.float, .integer])
    for value in [
      RuntimeValue.integers(IntegerTensor(shape: [3], elements: [3, 0, 1])),
      .tensor(Tensor(shape: [3], elements: [2.75, 0.25, 1])),
    ] {
      let found = try prepared.run(["i": value])
      #expect(found["rows"]?.asTensor.elements == [6, 7, 0, 1, 2, 3])
      guard case .integers(let next) = found["next"] else {
        Issue.record("integers came out as \(String(describing: found["next"]))")
        continue
      }
      #expect(next == IntegerTensor(shape: [3], elements: [4, 1, 2]))
    }
    for bad in [Float.nan, .infinity, 1e30] {
      let error = #expect(throws: NetworkError.self) {
        _ = try prepared.run(["i": Tensor(shape: [3], elements: [0, bad, 0])])
      }
      #expect(error?.description.contains("'i'") == true)
    }
  }

  @Test func typesSurviveONNX() throws {
    var network = Self.lookup()
    network.inputs.append(ValueDescription(name: "flags", shape: [2], elementType: .boolean))
    network.constants["mask"] = .integer(IntegerTensor(shape: [3], elements: [1, 0, 1], isBoolean: true))
    network.nodes.append(
      Node(
        name: "c", operatorType: "Concat", inputs: ["flags", "mask"], outputs: ["all"],
        attributes: ["axis": .integer(0)]))
    network.outputs.append(ValueDescription(name: "all", shape: [5], elementType: .boolean))
    let read = try Network(onnx: network.onnx()).simplified()
    #expect(read.inputs == network.inputs)
    #expect(read.outputs == network.outputs)
    guard case .integer(let mask) = read.constants["mask"] else { return #expect(Bool(false), "the mask is gone") }
    #expect(mask == IntegerTensor(shape: [3], elements: [1, 0, 1], isBoolean: true))
    let found = try PreparedNetwork(read).run(
      ["i": Tensor(shape: [3]), "flags": Tensor(shape: [2], elements: [0.25, 0])])
    #expect(found["all"]?.elements == [1, 0, 1, 0, 1])
    #expect(try PreparedNetwork(read).outputs.map(\.elementType) == [.float, .integer, .boolean])
  }

  @Test func anOperatorThatDoesNotTakeATypeNamesItsNode() throws {
    var network = Self.lookup()
    network.nodes.append(Node(name: "bad", operatorType: "Sigmoid", inputs: ["next"], outputs: ["z"]))
    network.outputs.append(ValueDescription(name: "z", shape: [3]))
    for attempt in [{ _ = try network.simplified() }, { _ = try PreparedNetwork(network) }] as [() throws -> Void] {
      let error = #expect(throws: NetworkError.self) { try attempt() }
      #expect(
        error?.description
          == "node 'bad' (Sigmoid): takes numbers with a fraction, its input 0 ('next') holds integers; "
          + "put a Cast before it")
    }
    network.nodes[2] = Node(name: "bad", operatorType: "Add", inputs: ["next", "rows"], outputs: ["z"])
    let error = #expect(throws: NetworkError.self) { _ = try network.inferredTypes() }
    #expect(error?.description.contains("'bad' (Add)") == true)
  }

  /// A slice of nothing, what becomes of it, and what cannot be made of it.
  @Test func valuesWithoutElementsRun() throws {
    var network = Self.lookup()
    network.nodes = [
      Node(
        name: "s", operatorType: "Slice", inputs: ["table"], outputs: ["none"],
        attributes: ["starts": .integers([2]), "ends": .integers([1]), "axes": .integers([0])]),
      Node(name: "r", operatorType: "Relu", inputs: ["none"], outputs: ["still"]),
      Node(
        name: "c", operatorType: "Concat", inputs: ["still", "table"], outputs: ["rows"],
        attributes: ["axis": .integer(0)]),
      Node(name: "a", operatorType: "Add", inputs: ["i", "one"], outputs: ["next"]),
    ]
    network.outputs[0].shape = [4, 2]
    network.outputs.append(ValueDescription(name: "still", shape: [0, 2]))
    let found = try PreparedNetwork(network).run(["i": Tensor(shape: [3])])
    #expect(found["rows"]?.elements == (0..<8).map { Float($0) })
    #expect(found["still"]?.shape == [0, 2])
    network.nodes[2] = Node(name: "m", operatorType: "Softmax", inputs: ["still"], outputs: ["rows"])
    network.nodes.append(
      Node(name: "x", operatorType: "MatMul", inputs: ["across", "still"], outputs: ["sums"]))
    network.constants["across"] = .float(Tensor(shape: [3, 0]))
    network.outputs.append(ValueDescription(name: "sums", shape: [3, 2]))
    let error = #expect(throws: NetworkError.self) { _ = try PreparedNetwork(network) }
    #expect(error?.description.contains("'x' (MatMul)") == true)
  }

  @Test func aFloatIsDescribedAsItAlwaysWas() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let float = ValueDescription(name: "x", shape: [1, 2])
    let mask = ValueDescription(name: "m", shape: [2], elementType: .boolean)
    let text = String(decoding: try encoder.encode([float, mask]), as: UTF8.self)
    #expect(text == #"[{"name":"x","shape":[1,2]},{"elementType":"boolean","name":"m","shape":[2]}]"#)
    #expect(try JSONDecoder().decode([ValueDescription].self, from: Data(text.utf8)) == [float, mask])
    let topology = try Network(onnx: Self.lookup().onnx()).topology
    #expect(try JSONDecoder().decode(NetworkTopology.self, from: JSONEncoder().encode(topology)) == topology)
  }
}
