import Tensors
import Testing

@testable import Networks

@Suite struct SurveyTests {
  /// A convolution and a Relu, then what `change` makes of the nodes and constants.
  private static func bytes(_ change: (inout Network) -> Void = { _ in }) throws -> [UInt8] {
    var builder = NetworkBuilder(name: "survey", input: [1, 2, 4, 4], opset: 13, seed: 3)
    let x = try builder.relu(try builder.convolution("input", channels: 3, kernel: 3))
    var network = try builder.finished(outputs: [x])
    change(&network)
    return network.onnx()
  }

  private static func node(
    _ name: String, _ type: String, _ inputs: [String], _ output: String, _ attributes: [String: Attribute] = [:]
  ) -> Node {
    Node(name: name, operatorType: type, inputs: inputs, outputs: [output], attributes: attributes)
  }

  @Test func aNetworkThatRunsHasNoProblems() throws {
    for example in try ExampleNetworks.all() {
      let bytes = example.onnx()
      let survey = try NetworkSurvey(onnx: bytes)
      #expect(survey.problems == [])
      #expect(survey.network?.nodes == (try Network(onnx: bytes).simplified().nodes))
      #expect(survey.inputs.map(\.shape) == example.inputs.map(\.shape))
      #expect(survey.outputs.map(\.shape) == example.outputs.map(\.shape))
      #expect(survey.operators.values.reduce(0, +) == example.nodes.count)
      let held = example.constants.values.reduce(0) {
        if case .float(let tensor) = $1 { $0 + tensor.count } else { $0 }
      }
      #expect(survey.parameters == held)
      #expect(survey.parameterBytes == 4 * held)
      #expect(survey.digest == sha256Hex(bytes))
      #expect(survey.producer == "edgemesh")
    }
  }

  @Test func everythingIsFoundAtOnceAndWhatFollowsIsNot() throws {
    let bytes = try Self.bytes { network in
      let last = network.outputs[0].name
      network.constants["target"] = .integer(IntegerTensor(shape: [2], elements: [1, 7]))
      network.nodes += [
        Self.node("strange", "Frobnicate", [last], "s"),
        // Of these nothing can be said but their attributes.
        Self.node("after", "Relu", ["s"], "a"),
        Self.node("shaped", "Reshape", [last, "s"], "b"),
        Self.node("pool", "MaxPool", ["a"], "p", ["auto_pad": .string("SOMETIMES")]),
        Self.node("strange again", "com.microsoft.FusedConv", ["a"], "t"),
        Self.node("strange too", "Frobnicate", ["t"], "u"),
        // 48 elements are no multiple of 7.
        Self.node("reshape", "Reshape", [last, "target"], "r"),
        Self.node("end", "Concat", ["u", "r", "b", "p"], "e", ["axis": .integer(0)]),
      ]
      network.outputs.append(ValueDescription(name: "e", shape: []))
    }
    let survey = try NetworkSurvey(onnx: bytes)
    #expect(survey.network == nil)
    #expect(
      survey.problems.map { "\($0.kind.rawValue) \($0.operatorType) \($0.subject)" } == [
        "operator Frobnicate strange", "operator com.microsoft.FusedConv strange again",
        "operator Frobnicate strange too", "node MaxPool pool", "node Reshape reshape",
      ])
    #expect(survey.problems[1].remedy.contains("ONNX Runtime"))
    #expect(survey.problems[3].reason.contains("SOMETIMES"))
    #expect(survey.operators["Frobnicate"] == 2)
    #expect(survey.outputs.map(\.shape) == [[1, 3, 4, 4], nil])
    #expect(throws: NetworkError.self) { _ = try Network(onnx: bytes).simplified() }
  }

  @Test func openDimensionsAreNamedAndCanBeGiven() throws {
    let bytes = ONNXTests.model(dimensions: [nil, 2, nil, nil])
    let survey = try NetworkSurvey(onnx: bytes)
    let problem = try #require(survey.problems.first)
    #expect(survey.problems.count == 1)
    #expect(problem.kind == .dimension)
    #expect(problem.subject == "x")
    #expect(problem.reason == "its dimensions 2 ('N'), 3 ('N') are not fixed")
    #expect(problem.remedy.contains("--shape 'x=1,2,N,N'"))
    #expect(survey.inputs[0].declaredDimensions == ["N", "2", "N", "N"])
    #expect(survey.inputs[0].shape == nil)
    let given = try NetworkSurvey(onnx: bytes, shapes: ["x": [1, 2, 6, 5]])
    #expect(given.problems == [])
    #expect(given.inputs[0].shape == [1, 2, 6, 5])
    #expect(given.network?.inputs == [ValueDescription(name: "x", shape: [1, 2, 6, 5])])
    #expect(try NetworkSurvey(onnx: bytes, shapes: ["x": [1, 2, 6]]).problems.count == 1)
  }

  @Test func typesThatAreNotReadAreNamed() throws {
    let bytes = ONNXTests.model(types: [("Relu", ""), ("Nothing", "")]) { graph in
      for (name, type) in [("words", 8), ("complex", 14)] {
        graph.message(5) { tensor in
          tensor.integer(1, 1)
          tensor.integer(2, type)
          tensor.string(8, name)
        }
      }
    }
    let survey = try NetworkSurvey(onnx: bytes)
    #expect(survey.problems.map(\.subject) == ["words", "complex", "Nothing_1"])
    #expect(survey.problems.map(\.kind) == [.type, .type, .unsupportedOperator])
    #expect(survey.problems[0].reason.contains("string"))
    #expect(survey.problems[1].reason.contains("complex64"))
  }

  /// Inputs that are no tensors, or say too little: each has all that is wrong with it.
  @Test func inputsAreNamedWithAllThatIsWrong() throws {
    func bytes(_ type: Int?, dimensions: [String]?) -> [UInt8] {
      ONNXTests.model { graph in
        graph.message(11) { value in
          value.string(1, "other")
          guard let type else { return }
          value.message(2) { message in
            message.message(1) { tensor in
              tensor.integer(1, type)
              guard let dimensions else { return }
              tensor.message(2) { shape in for name in dimensions { shape.message(1) { $0.string(2, name) } } }
            }
          }
        }
      }
    }
    func kinds(_ bytes: [UInt8], _ shapes: [String: Shape] = [:]) throws -> [NetworkProblem.Kind] {
      let survey = try NetworkSurvey(onnx: bytes, shapes: shapes)
      #expect((try? Network(onnx: bytes.span, shapes: shapes)) == nil || survey.problems.isEmpty)
      #expect(survey.problems.allSatisfy { $0.subject == "other" })
      return survey.problems.map(\.kind)
    }
    #expect(try kinds(bytes(nil, dimensions: nil)) == [.type])
    #expect(try kinds(bytes(8, dimensions: ["N"])) == [.type])
    #expect(try kinds(bytes(8, dimensions: ["N", "length"])) == [.dimension, .type])
    #expect(try kinds(bytes(1, dimensions: nil)) == [.dimension])
    #expect(try kinds(bytes(1, dimensions: nil), ["other": [3, 4]]) == [])
    #expect(try kinds(bytes(7, dimensions: ["N", "length"]), ["other": [1, 4]]) == [])
  }

  @Test func elementsThatANodeDoesNotTakeAreNamedWhereTheyMatter() throws {
    func add(_ network: inout Network, isNeeded: Bool) {
      network.inputs.append(ValueDescription(name: "count", shape: [1, 2, 4, 4], elementType: .integer))
      network.nodes += [
        Self.node("soft", "Softmax", ["count"], "s"), Self.node("pool", "GlobalAveragePool", ["count"], "p"),
        // It would be glad of what it is not given.
        Self.node("after", "Relu", ["s"], "r"),
      ]
      if isNeeded {
        network.outputs += [ValueDescription(name: "r", shape: []), ValueDescription(name: "p", shape: [])]
      }
    }
    let survey = try NetworkSurvey(onnx: Self.bytes { add(&$0, isNeeded: true) })
    #expect(survey.problems.map { "\($0.kind.rawValue) \($0.subject)" } == ["type soft", "type pool"])
    #expect(survey.problems.allSatisfy { $0.remedy.contains("Cast") })
    #expect(survey.inputs.map(\.elementType) == ["float32", "int64"])
    #expect(try NetworkSurvey(onnx: Self.bytes { add(&$0, isNeeded: false) }).problems == [])
  }

  @Test func anOpsetThatIsNotKnownIsNamedBesideTheOperators() throws {
    let survey = try NetworkSurvey(onnx: ONNXTests.model(opset: 99, types: [("Nothing", "")]))
    #expect(survey.problems.map(\.kind) == [.opset, .unsupportedOperator])
    #expect(survey.problems[0].reason.contains("99"))
    #expect(survey.opset == 99)
  }

  @Test func damageIsAnError() throws {
    let whole = try Self.bytes()
    for count in [0, 1, 40, whole.count / 2, whole.count - 1] {
      #expect(throws: NetworkError.self, "\(count) bytes") { _ = try NetworkSurvey(onnx: Array(whole[..<count])) }
    }
    let circle = try Self.bytes { network in
      network.nodes += [Self.node("a", "Relu", ["q"], "p"), Self.node("b", "Relu", ["p"], "q")]
    }
    #expect(throws: NetworkError.self) { _ = try NetworkSurvey(onnx: circle) }
    let twice = try Self.bytes { network in network.nodes.append(Self.node("again", "Relu", ["input"], "v0")) }
    #expect(throws: NetworkError.self) { _ = try NetworkSurvey(onnx: twice) }
    #expect(throws: NetworkError.self) { _ = try NetworkSurvey(onnx: "/nonexistent.onnx") }
  }

  /// A survey finds nothing wrong exactly where loading succeeds, whatever the file.
  @Test func surveysAndLoadingAgreeOnDamagedFiles() throws {
    let bytes = try ONNXTests.smallModel()
    var counts = (loaded: 0, problems: 0, thrown: 0)
    for seed in UInt64(0)..<1000 {
      var generator = SeededGenerator(seed: seed)
      var damaged = bytes
      for _ in 0...(generator.next() % 3) {
        damaged[Int(generator.next() % UInt64(bytes.count))] ^= 1 << (generator.next() % 8)
      }
      let loaded = try? Network(onnx: damaged).simplified()
      do {
        let survey = try NetworkSurvey(onnx: damaged)
        #expect((survey.network != nil) == (loaded != nil), "seed \(seed): \(survey.problems)")
        #expect((survey.network != nil) == survey.problems.isEmpty, "seed \(seed)")
        if loaded == nil { counts.problems += 1 } else { counts.loaded += 1 }
      } catch {
        #expect(loaded == nil, "seed \(seed): loading finds nothing wrong")
        counts.thrown += 1
      }
    }
    // Each of the three happens, or this says little.
    #expect(counts.loaded > 50 && counts.problems > 50 && counts.thrown > 50, "\(counts)")
  }

  @Test func profilesEqualWhatIsCountedByHand() throws {
    var builder = NetworkBuilder(name: "profile", input: [1, 4, 8, 8], seed: 1)
    var x = try builder.relu(try builder.convolution("input", channels: 6, kernel: 3, stride: 2, groups: 2))
    x = try builder.linear(try builder.add("Flatten", [x]), outputs: 5)
    let profile = try builder.finished(outputs: [x]).profile()
    #expect(profile.map(\.operatorType) == ["Conv", "Relu", "Flatten", "Gemm"])
    #expect(profile.map(\.outputShape) == [[1, 6, 4, 4], [1, 6, 4, 4], [1, 96], [1, 5]])
    // 6 channels of 2 x 3 x 3 weights and a bias; 96 x 5 weights and 5 biases.
    #expect(profile.map(\.parameters) == [6 * 18 + 6, 0, 0, 96 * 5 + 5])
    #expect(profile.map(\.multiplyAccumulates) == [6 * 18 * 16, 0, 0, 96 * 5])
  }
}
