import Foundation
import Networks
import Tensors
import Testing

@Suite struct PreparedNetworkTests {
  static func input(_ shape: Shape, seed: UInt64 = 21) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor(shape: shape, elements: (0..<shape.elementCount).map { _ in generator.nextFloat() })
  }

  @Test(arguments: 0..<10) func examplesEqualThePlainReference(_ index: Int) throws {
    let network = try ExampleNetworks.all(seed: 3)[index]
    let values = ["input": Self.input(network.inputs[0].shape)]
    let found = try PreparedNetwork(network).run(values)
    let expected = Reference.run(network, values)
    for output in network.outputs {
      expect(try #require(found[output.name]), equals: try #require(expected[output.name]), network.name)
    }
  }

  /// Every intermediate value asked for as an output: fusing must not swallow one that is wanted.
  @Test(arguments: 0..<10) func everyValueCanBeAnOutput(_ index: Int) throws {
    let example = try ExampleNetworks.all(seed: 4)[index]
    let values = ["input": Self.input(example.inputs[0].shape)]
    let final = try PreparedNetwork(example).run(values)
    var network = example
    network.outputs = example.nodes.flatMap(\.outputs).map { ValueDescription(name: $0, shape: []) }
    let found = try PreparedNetwork(network).run(values)
    #expect(found.count == network.outputs.count)
    for output in example.outputs {
      let scale = try #require(final[output.name]?.elements.map(abs).max())
      for (a, b) in zip(try #require(found[output.name]).elements, try #require(final[output.name]).elements) {
        #expect(abs(a - b) <= 1e-5 * scale)
      }
    }
  }

  @Test func mapsAreTakenAndGivenWithoutConversion() throws {
    var builder = NetworkBuilder(name: "maps", input: [1, 3, 5, 5], seed: 2)
    let output = try builder.convolution("input", channels: 4, kernel: 3)
    let prepared = try PreparedNetwork(builder.finished(outputs: [output]))
    let input = Self.input([1, 3, 5, 5])
    let fromMap = try prepared.run(["input": .map(FeatureMap(input))])
    guard case .map(let map) = fromMap[output] else {
      Issue.record("a convolution's output is a map")
      return
    }
    #expect(map.tensor().elements == (try prepared.run(["input": input]))[output]?.elements)
  }

  @Test func wrongInputsAreNamed() throws {
    let network = try ExampleNetworks.squeezing()
    let prepared = try PreparedNetwork(network)
    #expect(throws: NetworkError.wrongInput(name: "input", reason: "is missing; the network takes 1x3x31x31")) {
      _ = try prepared.run(["inputs": Self.input([1, 3, 31, 31])])
    }
    #expect(throws: NetworkError.wrongInput(name: "input", reason: "is 1x3x31x30; the network takes 1x3x31x31")) {
      _ = try prepared.run(["input": Self.input([1, 3, 31, 30])])
    }
    #expect(throws: NetworkError.self) {
      _ = try prepared.run(["input": .map(FeatureMap(channels: 3, height: 30, width: 31))])
    }
  }

  @Test func weightsAreCountedOnce() throws {
    let network = try ExampleNetworks.small()
    let parameters = network.weights.values.reduce(0) { $0 + $1.count }
    let bytes = try PreparedNetwork(network).weightBytes
    #expect(bytes >= 4 * parameters)
    #expect(bytes < 5 * parameters)
  }

  /// Values end with their last use: a chain of any length holds the input as it was given, as a map, and one value that
  /// each step overwrites; a residual one more.
  @Test func activationsAreHeldNoLongerThanNeeded() throws {
    let extent = FeatureMap.block
    let bytes = extent * 10 * 10 * 4
    var builder = NetworkBuilder(name: "chain", input: [1, extent, 10, 10], seed: 2)
    var x = "input"
    for _ in 0..<6 { x = try builder.add("Sigmoid", [x]) }
    #expect(try PreparedNetwork(builder.finished(outputs: [x])).peakActivationBytes == 3 * bytes)
    var y = try builder.convolution(x, channels: extent, kernel: 3)
    y = try builder.convolution(y, channels: extent, kernel: 3)
    y = try builder.add("Add", [y, x])
    #expect(try PreparedNetwork(builder.finished(outputs: [y])).peakActivationBytes == 4 * bytes)
  }

  @Test func multiplyAccumulatesAreCountedByHand() throws {
    var builder = NetworkBuilder(name: "macs", input: [1, 3, 8, 8], seed: 2)
    var x = try builder.convolution("input", channels: 4, kernel: 3, stride: 2)
    x = try builder.convolution(x, channels: 4, kernel: 3, groups: 4)
    x = try builder.linear(try builder.add("Flatten", [x]), outputs: 10)
    let network = try builder.finished(outputs: [x])
    #expect(try network.multiplyAccumulates() == [4 * 16 * 3 * 9, 4 * 16 * 9, 0, 64 * 10])
    #expect(try network.totalMultiplyAccumulates() == 4 * 16 * 27 + 4 * 16 * 9 + 640)
  }

  // MARK: Shapes that do not fit

  @Test func nodesThatDoNotFitTheirInputsAreNamed() throws {
    let cases: [(OperatorCase, String)] = [
      (.init("", "Conv", [.data([1, 3, 4, 4]), .weights([4, 2, 3, 3])], rows: []), "do not fit"),
      (.init("", "Conv", [.data([1, 3, 4, 4, 4]), .weights([4, 3, 3, 3, 3])], rows: []), "1 to 2 spatial"),
      (.init("", "ConvTranspose", [.data([1, 3, 4]), .weights([4, 3, 3])], rows: []), "do not fit"),
      (
        .init(
          "", "ConvTranspose", [.data([1, 1, 4, 4]), .weights([1, 1, 129, 129])], ["strides": .integers([129, 129])],
          rows: []), "phases"
      ),
      (
        .init("", "ConvTranspose", [.data([1, 1, 4]), .weights([1, 1, 3])], ["pads": .integers([3, 3])], rows: []),
        "nothing of its output"
      ),
      (
        .init(
          "", "ConvTranspose", [.data([1, 1, 4]), .weights([1, 1, 3])], ["output_shape": .integers([1 << 60])], rows: []
        ), "elements"
      ),
      (
        .init("", "ConvTranspose", [.data([1, 1, 4]), .weights([1, 1, 3])], ["strides": .integers([-1])], rows: []),
        "strides"
      ),
      (.init("", "PRelu", [.data([1, 3]), .weights([2, 1, 3])], rows: []), "slope"),
      (.init("", "GroupNormalization", [.data([1, 3, 2]), .weights([3]), .weights([3])], rows: []), "num_groups"),
      (
        .init(
          "", "GroupNormalization", [.data([1, 3, 2]), .weights([3]), .weights([3])], ["num_groups": .integer(2)],
          rows: []), "2 groups"
      ),
      (.init("", "InstanceNormalization", [.data([1, 3, 2]), .weights([2]), .weights([3])], rows: []), "parameter 1"),
      (.init("", "RMSNormalization", [.data([1, 3, 2]), .weights([3, 2])], rows: []), "parameter 1"),
      (.init("", "LpNormalization", [.data([1, 3])], ["p": .integer(3)], rows: []), "p is 3"),
      (.init("", "LpPool", [.data([1, 3, 4])], ["p": .integer(0)], rows: []), "p is 0"),
      (.init("", "MeanVarianceNormalization", [.data([1, 3])], rows: []), "axis 2"),
      (.init("", "ReduceL2", [.data([1, 3]), .integers([1, -1])], rows: []), "twice"),
      (.init("", "ReduceMax", [.data([1, 3]), .integers([1 << 62])], rows: []), "outside"),
      (.init("", "Conv", [.data([1, 3, 2, 2]), .weights([4, 3, 3, 3])], rows: []), "does not fit"),
      (.init("", "Conv", [.data([1, 3, 4, 4]), .weights([4, 3, 3, 3]), .weights([5])], rows: []), "bias"),
      (
        .init("", "Conv", [.data([1, 3, 4, 4]), .weights([4, 3, 3, 3])], ["strides": .integers([0, 1])], rows: []),
        "strides"
      ),
      (.init("", "Conv", [.data([1, 3, 4, 4]), .weights([4, 3, 3, 3])], ["group": .integer(0)], rows: []), "group"),
      (.init("", "Conv", [.data([1, 3, 4, 4])], rows: []), "1 inputs"),
      (.init("", "Gemm", [.data([1, 3]), .weights([4, 2])], rows: []), "do not fit"),
      (.init("", "MatMul", [.data([1, 3]), .weights([4, 2])], rows: []), "do not fit"),
      (.init("", "Add", [.data([1, 3]), .weights([2])], rows: []), "do not fit"),
      (.init("", "MaxPool", [.data([1, 3, 4, 4])], rows: []), "kernel_shape"),
      (
        .init(
          "", "MaxPool", [.data([1, 3, 4, 4])], ["kernel_shape": .integers([1, 1]), "pads": .integers([1, 1, 1, 1])],
          rows: []), "pads"
      ),
      (.init("", "Reshape", [.data([1, 3]), .integers([2, -1])], rows: []), "cannot take"),
      (.init("", "Reshape", [.data([1, 3]), .data([2])], rows: []), "as the network runs"),
      (.init("", "Transpose", [.data([1, 3])], ["perm": .integers([0, 0])], rows: []), "permutation"),
      (.init("", "Gather", [.data([3, 3]), .integers([3])], rows: []), "outside"),
      (
        .init("", "edgemesh.SelectRows", [.data([3, 3])], ["axis": .integer(0), "rows": .integers([3])], rows: []),
        "outside"
      ),
      (.init("", "Slice", [.data([3, 3])], rows: []), "starts"),
      (.init("", "Pad", [.data([3, 3]), .integers([-2, 0, -2, 0])], rows: []), "cut"),
      (.init("", "Pad", [.data([3, 3]), .integers([1 << 20, 1 << 20, 0, 0])], rows: []), "more than"),
      (.init("", "Concat", [.data([3, 3]), .data([3, 4])], ["axis": .integer(0)], rows: []), "differ"),
      (.init("", "Softmax", [.data([3, 3])], ["axis": .integer(2)], rows: []), "axis 2"),
    ]
    for (test, words) in cases {
      let (network, values) = test.network(seed: 1)
      let error = #expect(throws: NetworkError.self, "\(test.type): \(words)") {
        _ = try PreparedNetwork(network).run(values)
      }
      #expect(error?.description.contains(words) == true, "\(test.type): \(error?.description ?? "")")
    }
  }

  // MARK: Topology

  @Test(arguments: 0..<10) func aTopologyAndItsWeightsAreTheNetwork(_ index: Int) throws {
    let network = try ExampleNetworks.all()[index]
    let json = try JSONEncoder().encode(network.topology)
    let topology = try JSONDecoder().decode(NetworkTopology.self, from: json)
    #expect(topology == network.topology)
    let again = try Network(topology, weights: network.weights)
    let values = ["input": Self.input(network.inputs[0].shape)]
    let name = network.outputs[0].name
    #expect(
      try PreparedNetwork(again).run(values)[name]?.elements == PreparedNetwork(network).run(values)[name]?.elements)
  }

  @Test func attributesSurviveJSON() throws {
    let attributes: [Attribute] = [
      .integer(-3), .integers([]), .integers([1, 2]), .float(0.1), .float(.infinity), .floats([-.infinity, 2]),
      .string("é"),
    ]
    let json = try JSONEncoder().encode(attributes)
    #expect(try JSONDecoder().decode([Attribute].self, from: json) == attributes)
    for text in ["[{}]", "[{\"int\": 1, \"ints\": [1]}]", "[{\"float\": \"x\"}]", "[3]"] {
      #expect(throws: (any Error).self) { _ = try JSONDecoder().decode([Attribute].self, from: Data(text.utf8)) }
    }
  }

  @Test func aTopologyThatDoesNotFitItsWeightsIsRefused() throws {
    let network = try ExampleNetworks.squeezing()
    let topology = network.topology
    let first = try #require(topology.weights.first?.name)
    var missing = network.weights
    missing[first] = nil
    var other = network.weights
    other[first] = Tensor(shape: [2])
    var more = network.weights
    more["another"] = Tensor(shape: [2])
    for weights in [missing, other, more] {
      let error = #expect(throws: NetworkError.self) { _ = try Network(topology, weights: weights) }
      #expect(error?.description.contains("weights") == true)
    }
    var twice = topology
    twice.weights.append(topology.weights[0])
    var badIntegers = topology
    badIntegers.integers.append(.init(name: "i", shape: [1 << 61, 1 << 61], elements: [1]))
    var badOutput = topology
    badOutput.outputs[0].shape = [1, 11, 1, 1]
    var badInput = topology
    badInput.inputs[0].shape = [1, -3, 31, 31]
    for topology in [twice, badIntegers, badOutput, badInput] {
      #expect(throws: NetworkError.self) { _ = try Network(topology, weights: network.weights) }
    }
  }

  // MARK: Digest

  @Test func digestsAreSHA256() {
    #expect(sha256Hex([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(sha256Hex(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    var stream = DigestStream()
    for byte in "abc".utf8 { stream.update([byte]) }
    #expect(stream.hex() == sha256Hex(Array("abc".utf8)))
  }
}
