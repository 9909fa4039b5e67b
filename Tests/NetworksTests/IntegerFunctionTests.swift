import Networks
import Tensors
import Testing

/// Functions, reductions and pools that take integers, and give integers.
@Suite struct IntegerFunctionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var type: String
    var attributes: [String: Attribute] = [:]
    var elements = [3, -1, 0, 7, -5, 2]
    var shape: Shape = [2, 3]
    var isBoolean = false
    /// Nil where it must be refused as it runs.
    var expected: [Int]?
    var testDescription: String { "\(type) \(attributes) of \(elements)" }
  }

  static let lines: [String: Attribute] = ["axes": .integers([1]), "keepdims": .integer(0)]

  static let cases: [Case] = [
    Case(type: "Abs", expected: [3, 1, 0, 7, 5, 2]), Case(type: "Neg", expected: [-3, 1, 0, -7, 5, -2]),
    Case(type: "Sign", expected: [1, -1, 0, 1, -1, 1]), Case(type: "Relu", expected: [3, 0, 0, 7, 0, 2]),
    Case(type: "Abs", elements: [.min], shape: [1], expected: nil),
    Case(type: "Neg", elements: [.min], shape: [1], expected: nil),
    Case(type: "ReduceSum", attributes: lines, expected: [2, 4]),
    Case(type: "ReduceProd", attributes: lines, expected: [0, -70]),
    Case(type: "ReduceMax", attributes: lines, expected: [3, 7]),
    Case(type: "ReduceMin", attributes: ["axes": .integers([0])], expected: [3, -5, 0]),
    Case(type: "ReduceL1", attributes: lines, expected: [4, 14]),
    Case(type: "ReduceSumSquare", attributes: lines, expected: [10, 78]),
    Case(type: "ReduceSum", expected: [6]),
    Case(type: "ReduceSum", elements: [.max, 1], shape: [2], expected: nil),
    Case(type: "ReduceProd", elements: [.max, 2], shape: [2], expected: nil),
    Case(type: "ReduceSumSquare", elements: [1 << 32], shape: [1], expected: nil),
    Case(type: "ReduceL1", elements: [.min], shape: [1], expected: nil),
    Case(
      type: "ReduceMax", attributes: lines, elements: [0, 1, 0, 0, 0, 0], isBoolean: true, expected: [1, 0]),
    Case(
      type: "ReduceMin", attributes: lines, elements: [0, 1, 1, 1, 1, 1], isBoolean: true, expected: [0, 1]),
    Case(type: "MaxPool", attributes: ["kernel_shape": .integers([2])], shape: [1, 1, 6], expected: [3, 0, 7, 7, 2]),
    Case(
      type: "MaxPool", attributes: ["kernel_shape": .integers([1])], elements: [1 << 25], shape: [1, 1, 1],
      expected: nil),
  ]

  @Test(arguments: cases) func integersStayIntegers(_ test: Case) throws {
    let type: ElementType = test.isBoolean ? .boolean : .integer
    let network = Network(
      name: "n", opset: 13, inputs: [ValueDescription(name: "x", shape: test.shape, elementType: type)],
      outputs: [ValueDescription(name: "y", shape: [], elementType: type)],
      nodes: [Node(name: "n", operatorType: test.type, inputs: ["x"], outputs: ["y"], attributes: test.attributes)],
      constants: [:])
    let prepared = try PreparedNetwork(network)
    let input = RuntimeValue.integers(
      IntegerTensor(shape: test.shape, elements: test.elements, isBoolean: test.isBoolean))
    guard let expected = test.expected else {
      #expect(throws: NetworkError.self) { _ = try prepared.run(["x": input]) }
      return
    }
    guard case .integers(let found)? = try prepared.run(["x": input])["y"] else {
      Issue.record("the result holds no integers")
      return
    }
    #expect(found.elements == expected)
    #expect(found.shape == prepared.outputs[0].shape)
    #expect(found.isBoolean == test.isBoolean)
  }

  /// Constants may be empty, and what is made of them is not.
  @Test(arguments: [
    ("ReduceSum", Float(0)), ("ReduceProd", 1), ("ReduceMax", -.infinity), ("ReduceMin", .infinity), ("ReduceL2", 0),
    ("ReduceLogSum", -.infinity), ("ReduceLogSumExp", -.infinity), ("ReduceSumSquare", 0),
  ]) func nothingIsReducedToTheNeutralElement(_ type: String, _ expected: Float) throws {
    let network = Network(
      name: "n", opset: 13, inputs: [ValueDescription(name: "x", shape: [2])],
      outputs: [ValueDescription(name: "y", shape: [])],
      nodes: [
        Node(
          name: "r", operatorType: type, inputs: ["empty"], outputs: ["r"],
          attributes: ["axes": .integers([1]), "keepdims": .integer(0)]),
        Node(name: "a", operatorType: "Add", inputs: ["x", "r"], outputs: ["y"]),
      ], constants: ["empty": .float(Tensor(shape: [2, 0]))])
    for network in [network, try network.simplified()] {
      let found = try PreparedNetwork(network).run(["x": Tensor(shape: [2])])
      #expect(found["y"]?.elements == [expected, expected])
    }
  }
}
