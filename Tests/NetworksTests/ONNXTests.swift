import Tensors
import Testing

@testable import Networks

@Suite struct ONNXTests {
  /// Small, with every kind of constant and attribute that the examples have.
  static func smallModel() throws -> [UInt8] {
    var builder = NetworkBuilder(name: "small", input: [1, 2, 4, 4], seed: 5)
    var x = try builder.clip(try builder.convolution("input", channels: 3, kernel: 3), 0, 6)
    x = try builder.add("LRN", [x], ["size": .integer(3), "alpha": .float(0.5)])
    x = try builder.add("Slice", [x, builder.constant([0]), builder.constant([2]), builder.constant([2])])
    x = try builder.add("Reshape", [x, builder.constant([1, -1])])
    x = try builder.linear(x, outputs: 2)
    return try builder.finished(outputs: [x]).onnx()
  }

  @Test func anEndlessNameIsRefused() throws {
    var network = try ExampleNetworks.sequence()
    network.nodes[0].name = String(repeating: "n", count: NetworkLimits.nameBytes + 1)
    #expect(throws: NetworkError.self) { try Network(onnx: network.onnx()) }
    network.nodes[0].name = String(repeating: "n", count: NetworkLimits.nameBytes)
    #expect(try Network(onnx: network.onnx()).nodes[0].name == network.nodes[0].name)
  }

  @Test func writingAndReadingGiveTheSameNetwork() throws {
    for network in try ExampleNetworks.all() {
      let read = try Network(onnx: network.onnx()).simplified()
      var generator = SeededGenerator(seed: 3)
      let shape = network.inputs[0].shape
      let input = Tensor(shape: shape, elements: (0..<shape.elementCount).map { _ in generator.nextFloat() })
      let expected = try PreparedNetwork(network).run(["input": input])
      let found = try PreparedNetwork(read).run(["input": input])
      #expect(read.nodes.map(\.operatorType) == network.nodes.map(\.operatorType))
      for output in network.outputs { #expect(found[output.name]?.elements == expected[output.name]?.elements) }
      #expect(network.onnx() == network.onnx(), "the bytes are the same each time")
    }
  }

  @Test func everyTruncationIsAnError() throws {
    let bytes = try Self.smallModel()
    for count in 0..<bytes.count {
      #expect(throws: NetworkError.self, "cut to \(count) of \(bytes.count) bytes") {
        _ = try Network(onnx: Array(bytes[..<count]))
      }
    }
  }

  /// Whatever a flipped bit makes of the file, it is read, refused or computed, never more.
  @Test func flippedBitsAreSurvived() throws {
    let bytes = try Self.smallModel()
    var refused = 0
    for seed in UInt64(0)..<3000 {
      var generator = SeededGenerator(seed: seed)
      var damaged = bytes
      for _ in 0...(generator.next() % 3) {
        damaged[Int(generator.next() % UInt64(bytes.count))] ^= 1 << (generator.next() % 8)
      }
      do {
        try Self.tryOut(damaged)
      } catch is NetworkError {
        refused += 1
      }
    }
    // Most bits are weights, where a flip gives another network.
    #expect(refused > 100)
  }

  /// Bytes put in, taken out, repeated or made up.
  @Test func damagedBytesAreSurvived() throws {
    let bytes = try Self.smallModel()
    for seed in UInt64(0)..<3000 {
      var generator = SeededGenerator(seed: seed)
      var damaged = bytes
      let place = Int(generator.next() % UInt64(bytes.count))
      let length = Int(generator.next() % 9)
      switch generator.next() % 4 {
      case 0: damaged.removeSubrange(place..<Swift.min(place + length, bytes.count))
      case 1:
        damaged.insert(contentsOf: (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }, at: place)
      case 2: damaged.insert(contentsOf: bytes[place..<Swift.min(place + 40, bytes.count)], at: place)
      default:
        // A length or a number that is as large as can be.
        damaged.replaceSubrange(place..<place + 1, with: [UInt8](repeating: 0xFF, count: 1 + length) + [0x01])
      }
      do { try Self.tryOut(damaged) } catch is NetworkError {}
    }
  }

  /// Reads, simplifies and, where it is no larger than the model was, runs.
  private static func tryOut(_ bytes: [UInt8]) throws {
    let network = try Network(onnx: bytes).simplified()
    let largest = try network.inferredShapes().values.map(\.elementCount).max() ?? 0
    guard largest < 10_000, try network.totalMultiplyAccumulates() < 1_000_000 else { return }
    let inputs = Dictionary(
      uniqueKeysWithValues: network.inputs.map { ($0.name, Tensor(shape: $0.shape, repeating: 1)) })
    _ = try PreparedNetwork(network).run(inputs)
  }

  @Test func aLengthBeyondItsMessageIsRefusedBeforeAnythingIsAllocated() {
    // A graph of 2^62 bytes, then one of as many as there could be.
    for length in [[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40], [0xFF, 0xFF, 0xFF, 0xFF, 0x0F]] as [[UInt8]]
    {
      #expect(throws: NetworkError.self) { _ = try Network(onnx: [0x3A] + length + [0x0A]) }
    }
  }

  @Test(
    arguments: [
      ([0x00], "field number 0"), ([0x3B], "a group"), ([0x3F], "wire type 7"), ([0x80], "half a number"),
      ([0x38, 0x01], "a graph that is a number"),
      ([0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "a number of more than 64 bits"),
      ([0x3A, 0x03, 0x0A, 0x05, 0x00], "a node beyond its graph"),
      ([0x3A, 0x03, 0x12, 0x01, 0xFF], "a name in no UTF-8"),
      ([], "nothing"),
    ] as [([UInt8], String)])
  func malformedMessagesAreRefused(_ bytes: [UInt8], _ what: String) {
    #expect(throws: NetworkError.self, "\(what)") { _ = try Network(onnx: bytes) }
  }

  @Test func tensorsThatClaimMoreThanTheyHoldAreRefused() throws {
    for shape in [[1 << 40], [3], [-1], [1 << 62, 4], [0, 1 << 62]] {
      let bytes = Self.model { graph in
        graph.message(5) { tensor in
          for extent in shape { tensor.integer(1, extent) }
          tensor.integer(2, 1)
          tensor.string(8, "w")
          tensor.bytes(9, [0, 0, 0, 0])
        }
      }
      let error = #expect(throws: NetworkError.self) { _ = try Network(onnx: bytes) }
      #expect(error?.description.contains("'w'") == true)
    }
  }

  /// A model of one Relu, with what `more` adds to its graph.
  static func model(
    opset: Int = 13, types: [(String, String)] = [("Relu", "")], dimensions: [Int?] = [nil, 2, 2, 2],
    _ more: (inout ProtobufWriter) -> Void = { _ in }
  ) -> [UInt8] {
    var writer = ProtobufWriter()
    writer.message(7) { graph in
      for (index, (type, domain)) in types.enumerated() {
        graph.message(1) { node in
          node.string(1, index == 0 ? "x" : "y\(index - 1)")
          node.string(2, "y\(index)")
          node.string(4, type)
          node.string(7, domain)
        }
      }
      more(&graph)
      graph.message(11) { value in
        value.string(1, "x")
        value.message(2) { type in
          type.message(1) { tensor in
            tensor.integer(1, 1)
            tensor.message(2) { shape in
              for extent in dimensions {
                shape.message(1) { if let extent { $0.integer(1, extent) } else { $0.string(2, "N") } }
              }
            }
          }
        }
      }
      graph.message(12) { $0.string(1, "y\(types.count - 1)") }
    }
    writer.message(8) { $0.integer(2, opset) }
    return writer.bytes
  }

  @Test func aSymbolicBatchIsOneSampleAndOtherDimensionsMustBeFixed() throws {
    #expect(try Network(onnx: Self.model()).inputs == [ValueDescription(name: "x", shape: [1, 2, 2, 2])])
    let error = #expect(throws: NetworkError.self) { _ = try Network(onnx: Self.model(dimensions: [1, 2, nil, 2])) }
    #expect(
      error?.description
        == "invalid graph: dimension 2 ('N') of the input 'x' is not fixed; give them with --shape 'x=1,2,N,2' "
        + "(numbers for the names), or export with a fixed size")
    #expect(
      try Network(onnx: Self.model(dimensions: [nil, 2, nil, 2]).span, shapes: ["x": [1, 9, 5, 9]]).inputs
        == [ValueDescription(name: "x", shape: [1, 2, 5, 2])], "what the file fixes stays")
    #expect(throws: NetworkError.self, "another number of dimensions is for another input") {
      _ = try Network(onnx: Self.model(dimensions: [nil, 2, nil, 2]).span, shapes: ["x": [1, 2, 5]])
    }
  }

  @Test func allUnsupportedOperatorsAreNamedAtOnce() {
    let bytes = Self.model(types: [("Foo", ""), ("Relu", ""), ("Bar", "com.example"), ("Relu", "ai.onnx")])
    #expect(
      throws: NetworkError.unsupportedOperators([
        "Foo (node 'Foo_0', opset 13)", "com.example.Bar (node 'Bar_2', opset 13)",
      ])
    ) {
      _ = try Network(onnx: bytes)
    }
  }

  @Test(arguments: [6, 29, 0, -1]) func otherOpsetsAreRefused(_ opset: Int) {
    let error = #expect(throws: NetworkError.self) { _ = try Network(onnx: Self.model(opset: opset)) }
    #expect(error?.description.contains("opset is \(opset)") == true)
  }

  /// Every way in which ONNX gives a tensor's elements.
  @Test func elementsAreReadFromRawAndTypedFields() throws {
    func constant(_ body: (inout ProtobufWriter) -> Void) throws -> Constant {
      let bytes = Self.model { graph in
        graph.message(5) { tensor in
          tensor.integer(1, 2)
          tensor.string(8, "c")
          body(&tensor)
        }
      }
      return try #require(try Network(onnx: bytes).constants["c"])
    }
    func floats(_ constant: Constant) -> [Float] {
      if case .float(let tensor) = constant { tensor.elements } else { [] }
    }
    func integers(_ constant: Constant) -> [Int] {
      if case .integer(let tensor) = constant { tensor.elements } else { [] }
    }

    let typed = try constant {
      $0.integer(2, 1)
      $0.float(4, 1.5)
      $0.float(4, -2)
    }
    #expect(floats(typed) == [1.5, -2])
    let packed = try constant {
      $0.integer(2, 1)
      $0.bytes(4, [0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0])
    }
    #expect(floats(packed) == [1.5, -2])
    let half = try constant {
      $0.integer(2, 10)
      $0.bytes(9, [0x00, 0x3E, 0x01, 0x80])
    }
    #expect(floats(half) == [1.5, -0x1p-24])
    let halfBits = try constant {
      $0.integer(2, 10)
      $0.integer(5, 0x3E00)
      $0.integer(5, 0xFC00)
    }
    #expect(floats(halfBits) == [1.5, -.infinity])
    let brain = try constant {
      $0.integer(2, 16)
      $0.bytes(9, [0xC0, 0x3F, 0x00, 0xC0])
    }
    #expect(floats(brain) == [1.5, -2])
    let double = try constant {
      $0.integer(2, 11)
      $0.bytes(10, [0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0])
    }
    #expect(floats(double) == [1.5, -2])
    let wide = try constant {
      $0.integer(2, 7)
      $0.integer(7, 5)
      $0.integer(7, -1)
    }
    #expect(integers(wide) == [5, -1])
    let wideRaw = try constant {
      $0.integer(2, 7)
      $0.bytes(9, [5, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 8))
    }
    #expect(integers(wideRaw) == [5, -1])
    let narrow = try constant {
      $0.integer(2, 6)
      $0.bytes(9, [5, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF])
    }
    #expect(integers(narrow) == [5, -1])
    let truth = try constant {
      $0.integer(2, 9)
      $0.bytes(9, [0, 1])
    }
    #expect(integers(truth) == [0, 1])
  }

  @Test func anInitialiserListedAsAnInputIsNone() throws {
    let bytes = Self.model { graph in
      graph.message(5) { tensor in
        tensor.integer(1, 1)
        tensor.integer(2, 1)
        tensor.float(4, 1)
        tensor.string(8, "w")
      }
      graph.message(11) { $0.string(1, "w") }
    }
    #expect(try Network(onnx: bytes).inputs.map(\.name) == ["x"])
  }

  @Test func filesThatCannotBeReadAreNamed() {
    for path in ["/nowhere/at/all.onnx", "/", "/dev/null", "/proc/self/comm"] {
      let error = #expect(throws: NetworkError.self) { _ = try Network.load(onnx: path) }
      #expect(error?.description.contains(path) == true)
    }
  }
}
