import Networks
import Tensors
import Testing

/// Layer normalisation in the pieces that exporters write.
@Suite struct LayerNormalizationPassTests {
  struct Form: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var shape: Shape = [1, 3, 4, 12]
    var axes = [-1]
    /// The axes of the variance's mean.
    var varianceAxes: [Int]?
    var parameters: Shape? = [12]
    var hasShift = true
    var isPower = true
    var subtractsTwice = false
    var epsilonFirst = false
    /// What becomes of it; nil where it must stay as it is.
    var expected: [String]? = ["LayerNormalization"]
  }

  static let forms: [Form] = [
    Form(testDescription: "channels last"),
    Form(testDescription: "a product for the square, two differences", isPower: false, subtractsTwice: true),
    Form(testDescription: "epsilon first, no shift", hasShift: false, epsilonFirst: true),
    Form(testDescription: "without parameters", parameters: nil, hasShift: false),
    Form(testDescription: "two axes, given backwards", axes: [-1, 2], parameters: [4, 12]),
    Form(testDescription: "two axes, parameters for one", axes: [2, 3], parameters: [1, 1, 12]),
    Form(
      testDescription: "channels of a map", axes: [1], parameters: [3, 1, 1],
      expected: ["Transpose", "LayerNormalization", "Transpose"]),
    Form(
      testDescription: "channels of a sequence", shape: [2, 5, 7], axes: [1], parameters: [1, 5, 1],
      expected: ["Transpose", "LayerNormalization", "Transpose"]),
    Form(
      testDescription: "parameters of another axis", parameters: [4, 1], hasShift: false,
      expected: ["LayerNormalization", "Mul"]),
    Form(testDescription: "a variance over other axes", axes: [2, 3], varianceAxes: [3], expected: nil),
    Form(testDescription: "neither the last axes nor channels", axes: [1, 3], parameters: nil, expected: nil),
  ]

  /// Adds the pieces; gives the result and the mean.
  static func add(_ form: Form, of x: String, to builder: inout NetworkBuilder) throws -> (output: String, mean: String)
  {
    let scalar = { (number: Float) in Tensor(shape: [], elements: [number]) }
    let mean = try builder.add("ReduceMean", [x], ["axes": .integers(form.axes)])
    let difference = try builder.add("Sub", [x, mean])
    let other = form.subtractsTwice ? try builder.add("Sub", [x, mean]) : difference
    let square = try builder.add(
      form.isPower ? "Pow" : "Mul", [other, form.isPower ? builder.constant(scalar(2)) : other])
    let variance = try builder.add("ReduceMean", [square], ["axes": .integers(form.varianceAxes ?? form.axes)])
    let epsilon = builder.constant(scalar(1e-2))
    let sum = try builder.add("Add", form.epsilonFirst ? [epsilon, variance] : [variance, epsilon])
    var y = try builder.add("Div", [difference, try builder.add("Sqrt", [sum])])
    if let shape = form.parameters { y = try builder.add("Mul", [y, builder.random(shape, spread: 1)]) }
    if form.hasShift, let shape = form.parameters {
      y = try builder.add("Add", [builder.random(shape, spread: 1), y])
    }
    return (y, mean)
  }

  @Test(arguments: forms) func piecesArePutTogether(_ form: Form) throws {
    var builder = NetworkBuilder(name: "pieces", input: form.shape, opset: 13, seed: 31)
    let x = try builder.relu("input")
    let (y, _) = try Self.add(form, of: x, to: &builder)
    let negative = try builder.add("Neg", [y])
    let network = try builder.finished(outputs: [negative])
    let simplified = try network.simplified()
    if let expected = form.expected {
      #expect(simplified.nodes.map(\.operatorType) == ["Relu"] + expected + ["Neg"])
    } else {
      #expect(simplified.nodes.map(\.operatorType) == network.nodes.map(\.operatorType))
    }
    try expectSame(simplified, as: network, form.testDescription)
  }

  /// A piece that somebody else needs stays, too.
  @Test func whatIsNeededBesidesStays() throws {
    var builder = NetworkBuilder(name: "shared", input: [2, 6], opset: 13, seed: 32)
    let form = Form(testDescription: "", shape: [2, 6], parameters: [6])
    let (y, mean) = try Self.add(form, of: "input", to: &builder)
    let network = try builder.finished(outputs: [y, mean])
    let simplified = try network.simplified()
    #expect(simplified.nodes.map(\.operatorType) == ["ReduceMean", "LayerNormalization"])
    try expectSame(simplified, as: network, "with its mean")
  }

  /// Where the scaled value is an output itself, the shift cannot be taken in.
  @Test func anOutputBetweenIsKept() throws {
    var builder = NetworkBuilder(name: "between", input: [2, 6], opset: 13, seed: 33)
    let form = Form(testDescription: "", shape: [2, 6], parameters: [6], hasShift: false)
    let (scaled, _) = try Self.add(form, of: "input", to: &builder)
    let shifted = try builder.add("Add", [scaled, builder.random([6], spread: 1)])
    let network = try builder.finished(outputs: [scaled, shifted])
    let simplified = try network.simplified()
    #expect(simplified.nodes.map(\.operatorType) == ["LayerNormalization", "Add"])
    try expectSame(simplified, as: network, "between")
  }

  private func expectSame(_ simplified: Network, as network: Network, _ comment: String) throws {
    var generator = SeededGenerator(seed: 34)
    let shape = network.inputs[0].shape
    let input = Tensor(shape: shape, elements: (0..<shape.elementCount).map { _ in generator.nextFloat() })
    let found = try PreparedNetwork(simplified).run(["input": input])
    let expected = Reference.run(network, ["input": input])
    for output in network.outputs.map(\.name) {
      expect(try #require(found[output]), equals: try #require(expected[output]), comment)
    }
  }
}
