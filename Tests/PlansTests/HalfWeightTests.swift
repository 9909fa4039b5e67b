import Networks
import Tensors
import Testing

@testable import Plans

/// Shards with weights of 16 bits.
struct HalfWeightTests {
  /// Weights come back rounded, everything else as it was.
  @Test(arguments: Example.allCases, [WeightType.bfloat16, .float16])
  func slicesComeBackRounded(example: Example, type: WeightType) throws {
    let (graph, whole) = try ShardTests.sample(example)
    var plan = whole
    plan.weightType = type
    let matrices = graph.network.weightMatrices
    var (rounded, kept) = (0, 0)
    for seat in 0..<3 {
      let image = try ShardImage(cutting: graph, plan: plan, planDigest: "d", seat: seat)
      let bytes = image.bytes
      #expect(bytes.count == image.byteCount)
      let shard = try Shard(bytes: bytes)
      for stage in plan.stages.indices {
        let found = try #require(try shard.sliceNetwork(stage: stage, unit: .own))
        let expected = graph.sliceNetwork(stage: stage, rows: plan.rows(ofStage: stage, unit: .own, at: seat))
        for (node, other) in zip(found.nodes, expected.nodes) {
          for (input, otherInput) in zip(node.inputs, other.inputs) {
            guard case .float(let a)? = found.constants[input], case .float(let b)? = expected.constants[otherInput]
            else { continue }
            let isMatrix = matrices.contains(String(otherInput.split(separator: "~")[0]))
            #expect(a.elements == (isMatrix ? b.rounded(to: type) : b).elements, "\(input)")
            if isMatrix { rounded += 1 } else { kept += 1 }
          }
        }
      }
    }
    #expect(rounded > 0 && kept > 0)
  }

  /// Filters of one channel, biases, and what else a constant is used for stay as they are.
  @Test func onlyWeightsAreMatrices() throws {
    let depthwise = try ExampleNetworks.invertedResidual()
    for node in depthwise.nodes where node.operatorType == "Conv" {
      let isDepthwise = depthwise.constants[node.inputs[1]]?.shape[1] == 1
      #expect(depthwise.weightMatrices.contains(node.inputs[1]) == !isDepthwise)
      #expect(node.inputs.count < 3 || !depthwise.weightMatrices.contains(node.inputs[2]))
    }
    let w = Constant.float(Tensor(shape: [4, 4], repeating: 1))
    var network = Network(
      name: "", opset: 17, inputs: [ValueDescription(name: "x", shape: [4, 4])],
      outputs: [ValueDescription(name: "z", shape: [4, 4])],
      nodes: [
        Node(name: "a", operatorType: "MatMul", inputs: ["x", "w"], outputs: ["y"]),
        Node(name: "b", operatorType: "MatMul", inputs: ["y", "v"], outputs: ["z"]),
      ], constants: ["w": w, "v": w])
    #expect(network.weightMatrices == ["v", "w"])
    network.nodes[1] = Node(name: "b", operatorType: "Add", inputs: ["y", "w"], outputs: ["z"])
    #expect(network.weightMatrices == [])
  }

  /// What planning measures is what shards hold, and with half the weights about half of it.
  @Test func sizesAreThoseOfTheTensors() throws {
    let (graph, plan) = try ShardTests.sample(.convolutionsThenDense)
    var sizes: [WeightType: Int] = [:]
    for type in WeightType.allCases {
      var typed = plan
      typed.weightType = type
      let image = try ShardImage(cutting: graph, plan: typed, planDigest: "d", seat: 0)
      let shard = try Shard(bytes: image.bytes)
      var pool = ConstantPool(of: graph.network, weights: type, keepsParts: false)
      for stage in plan.stages.indices {
        for unit in plan.units(ofStage: stage, at: 0) {
          _ = graph.sliceNetwork(stage: stage, rows: plan.rows(ofStage: stage, unit: unit, at: 0), pool: &pool)
        }
      }
      _ = graph.tailNetwork(pool: &pool)
      #expect(shard.tensorByteCount == pool.byteCount, "\(type)")
      sizes[type] = pool.byteCount
    }
    let whole = try #require(sizes[.float32])
    #expect(sizes[.bfloat16] == sizes[.float16])
    #expect(try #require(sizes[.float16]) < whole * 6 / 10)
  }
}
