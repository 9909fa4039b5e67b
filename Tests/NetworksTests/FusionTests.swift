import Tensors
import Testing

@testable import Networks

/// What becomes one step, and that it computes what its parts do.
@Suite struct FusionTests {
  struct Form: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var input: Shape = [1, 20, 9, 7]
    /// Operators of the first node of each step.
    var steps: [String]
    var build: @Sendable (String, inout NetworkBuilder) throws -> String
  }

  static let forms: [Form] = [
    Form(testDescription: "factors, terms, residual and activation", steps: ["Conv"]) { x, builder in
      var y = try builder.convolution(x, channels: 20, kernel: 3)
      y = try builder.add("Mul", [y, builder.random([20, 1, 1], spread: 1)])
      y = try builder.add("Add", [builder.random([1, 20, 1, 1], spread: 1), y])
      return try builder.add("Gelu", [try builder.add("Add", [x, y])])
    },
    Form(testDescription: "nothing is taken in after an activation", steps: ["Conv", "Mul"]) { x, builder in
      let y = try builder.add("Sigmoid", [try builder.convolution(x, channels: 20, kernel: 1)])
      return try builder.add("Mul", [y, builder.random([20, 1, 1], spread: 1)])
    },
    Form(testDescription: "two layers that meet in one Add", steps: ["Conv", "Conv"]) { x, builder in
      let a = try builder.convolution(x, channels: 24, kernel: 1)
      let b = try builder.convolution(x, channels: 24, kernel: 3)
      return try builder.add("Relu", [try builder.add("Add", [a, b])])
    },
    Form(
      testDescription: "a ConvNeXt block", steps: ["Conv", "LayerNormalization", "MatMul", "MatMul"]
    ) { x, builder in
      var y = try builder.convolution(x, channels: 20, kernel: 7, groups: 20)
      y = try builder.add("Transpose", [y], ["perm": .integers([0, 2, 3, 1])])
      let (scale, shift) = (builder.random([20], spread: 1), builder.random([20], spread: 1))
      y = try builder.add("LayerNormalization", [y, scale, shift], ["axis": .integer(-1)])
      y = try builder.add("MatMul", [y, builder.random([20, 48], spread: 0.3)])
      y = try builder.add("Gelu", [try builder.add("Add", [y, builder.random([48], spread: 1)])])
      y = try builder.add("MatMul", [y, builder.random([48, 20], spread: 0.3)])
      y = try builder.add("Add", [builder.random([20], spread: 1), y])
      y = try builder.add("Transpose", [y], ["perm": .integers([0, 3, 1, 2])])
      y = try builder.add("Mul", [y, builder.random([20, 1, 1], spread: 1)])
      return try builder.add("Add", [x, y])
    },
    Form(
      testDescription: "channels last that leave as they are", steps: ["Conv", "MatMul", "Softmax"]
    ) { x, builder in
      var y = try builder.convolution(x, channels: 12, kernel: 1)
      y = try builder.add("Transpose", [y], ["perm": .integers([0, 2, 3, 1])])
      y = try builder.add("MatMul", [y, builder.random([12, 10], spread: 1)])
      return try builder.add("Softmax", [y], ["axis": .integer(-1)])
    },
    Form(
      testDescription: "parts made where they are joined", input: [1, 32, 6, 5], steps: ["Conv", "Conv", "Conv"]
    ) { x, builder in
      let a = try builder.add("Relu", [try builder.convolution(x, channels: 32, kernel: 1)])
      let b = try builder.add("Relu", [try builder.convolution(x, channels: 16, kernel: 3)])
      let joined = try builder.add("Concat", [a, b], ["axis": .integer(1)])
      return try builder.convolution(joined, channels: 5, kernel: 1)
    },
    Form(
      testDescription: "one value joined twice", input: [1, 32, 6, 5], steps: ["Conv", "Concat", "Conv"]
    ) { x, builder in
      let a = try builder.convolution(x, channels: 32, kernel: 1)
      return try builder.convolution(
        try builder.add("Concat", [a, a], ["axis": .integer(1)]), channels: 3, kernel: 3)
    },
    Form(
      testDescription: "a product of two activations", input: [1, 4, 6, 8], steps: ["Softmax", "MatMul"]
    ) { x, builder in
      try builder.add("MatMul", [try builder.add("Softmax", [x]), builder.random([1, 1, 8, 3], spread: 1)])
    },
  ]

  @Test(arguments: forms) func fusedStepsEqualTheirParts(_ form: Form) throws {
    var builder = NetworkBuilder(name: "fusion", input: form.input, seed: 8)
    let output = try form.build("input", &builder)
    let network = try builder.finished(outputs: [output])
    let input = PreparedNetworkTests.input(form.input)
    let prepared = try PreparedNetwork(network)
    let operators = Dictionary(network.nodes.map { ($0.name, $0.operatorType) }) { first, _ in first }
    #expect(prepared.stepNodes.compactMap { $0.first.flatMap { operators[$0] } } == form.steps)

    let found = try #require(try prepared.run(["input": input])[output])
    let again = try #require(try prepared.run(["input": input], in: Arena(threads: 3))[output])
    // Each node by itself: values that are outputs are not fused away.
    var apart = network
    apart.outputs = network.nodes.flatMap(\.outputs).map { ValueDescription(name: $0, shape: []) }
    let expected = try #require(try PreparedNetwork(apart).run(["input": input])[output])
    let largest = try #require(expected.elements.map(abs).max())
    #expect(found.shape == expected.shape)
    #expect(zip(found.elements, expected.elements).allSatisfy { abs($0 - $1) <= 1e-5 * largest })
    #expect(zip(again.elements, expected.elements).allSatisfy { abs($0 - $1) <= 1e-5 * largest })
  }

  /// Values that are needed at the same time do not share memory, whatever their lives, sizes and parts.
  @Test(arguments: 0..<200) func arenaKeepsLivingValuesApart(_ seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    func number(_ range: Range<Int>) -> Int { range.lowerBound + Int(random.next() % UInt64(range.count)) }
    var buffers: [Emission.Buffer] = []
    var overwrites: [(output: Int, input: Int)] = []
    for index in 0..<number(1..<40) {
      let first = index
      buffers.append(
        Emission.Buffer(layout: .plain(count: 16 * number(1..<30)), first: first, last: first + number(0..<12)))
      if index > 0, number(0..<3) == 0 { overwrites.append((output: index, input: number(0..<index))) }
    }
    let plan = ArenaPlan(buffers, overwrites: overwrites)
    for a in buffers.indices {
      #expect(plan.offsets[a] + buffers[a].layout.byteCount / 4 <= plan.floatCount, "seed \(seed)")
      for b in buffers.indices where b > a {
        // An output may lie where an input ends with the step that makes it.
        let meets =
          buffers[a].last > buffers[b].first
          || (buffers[a].last == buffers[b].first && !overwrites.contains { $0 == (b, a) })
        guard meets else { continue }
        let (x, y) = (plan.offsets[a], plan.offsets[b])
        let isApart = x + buffers[a].layout.byteCount / 4 <= y || y + buffers[b].layout.byteCount / 4 <= x
        #expect(isApart, "seed \(seed): values \(a) and \(b)")
      }
    }
  }
}
