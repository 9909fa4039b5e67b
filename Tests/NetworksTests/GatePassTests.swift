import Networks
import Tensors
import Testing

/// Activations in the pieces that exporters write.
@Suite struct GatePassTests {
  struct Form: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// What becomes of it; nil where it must stay as it is.
    var expected: String?
    var build: @Sendable (String, inout NetworkBuilder) throws -> String
  }

  private static func number(_ value: Float, _ builder: inout NetworkBuilder) -> String {
    builder.constant(Tensor(shape: [], elements: [value]))
  }

  private static func gate(_ x: String, _ root: Float, _ builder: inout NetworkBuilder) throws -> String {
    let erf = try builder.add("Erf", [try builder.add("Div", [x, number(root, &builder)])])
    return try builder.add("Add", [erf, number(1, &builder)])
  }

  static let forms: [Form] = [
    Form(testDescription: "x * sigmoid(x)", expected: "Swish") { x, builder in
      try builder.add("Mul", [x, try builder.add("Sigmoid", [x])])
    },
    Form(testDescription: "sigmoid(x) * x", expected: "Swish") { x, builder in
      try builder.add("Mul", [try builder.add("Sigmoid", [x]), x])
    },
    Form(testDescription: "x * hard sigmoid(x)", expected: "HardSwish") { x, builder in
      let gate = try builder.add("HardSigmoid", [x], ["alpha": .float(1 / 6), "beta": .float(0.5)])
      return try builder.add("Mul", [x, gate])
    },
    Form(testDescription: "x * clip(x + 3) / 6", expected: "HardSwish") { x, builder in
      let sum = try builder.add("Add", [x, number(3, &builder)])
      let clip = try builder.add("Clip", [sum, number(0, &builder), number(6, &builder)])
      return try builder.add("Div", [try builder.add("Mul", [x, clip]), number(6, &builder)])
    },
    Form(testDescription: "x * (1 + erf(x / root 2)) * 0.5", expected: "Gelu") { x, builder in
      let product = try builder.add("Mul", [x, try gate(x, 1.414_213_5, &builder)])
      return try builder.add("Mul", [product, number(0.5, &builder)])
    },
    Form(testDescription: "(0.5 * x) * (1 + erf(x / root 2))", expected: "Gelu") { x, builder in
      let half = try builder.add("Mul", [number(0.5, &builder), x])
      return try builder.add("Mul", [half, try gate(x, 1.414_213_5, &builder)])
    },
    Form(testDescription: "another root", expected: nil) { x, builder in
      let product = try builder.add("Mul", [x, try gate(x, 1.5, &builder)])
      return try builder.add("Mul", [product, number(0.5, &builder)])
    },
    Form(testDescription: "a gate of another value", expected: nil) { x, builder in
      try builder.add("Mul", [x, try builder.add("Sigmoid", [try builder.add("Neg", [x])])])
    },
    Form(testDescription: "a hard sigmoid of another slope", expected: nil) { x, builder in
      try builder.add("Mul", [x, try builder.add("HardSigmoid", [x])])
    },
  ]

  @Test(arguments: forms) func piecesBecomeOneOperator(_ form: Form) throws {
    var builder = NetworkBuilder(name: "gate", input: [1, 6, 5, 7], seed: 3)
    let output = try form.build("input", &builder)
    let network = try builder.finished(outputs: [output])
    let simplified = try network.simplified()
    if let expected = form.expected {
      #expect(simplified.nodes.map(\.operatorType) == [expected])
    } else {
      #expect(simplified.nodes.count == network.nodes.count)
    }
    let input = PreparedNetworkTests.input([1, 6, 5, 7])
    let found = try PreparedNetwork(simplified).run(["input": input])
    let reference = try PreparedNetwork(network).run(["input": input])
    let (a, b) = (try #require(found.values.first), try #require(reference.values.first))
    #expect(zip(a.elements, b.elements).allSatisfy { abs($0 - $1) <= 2e-6 })
  }
}
