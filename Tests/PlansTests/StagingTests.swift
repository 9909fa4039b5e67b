import Networks
import Tensors
import Testing

@testable import Plans

/// The placement rules, structure by structure: what is exchanged, what is computed whole, what the gateway does.
struct StagingTests {
  /// A stage as "output <- inputs: sliced nodes | nodes computed whole".
  private func lines(_ network: Network, options: StagingOptions = StagingOptions()) throws -> [String] {
    let graph = StageGraph(try AnalysedNetwork(network), options: options)
    func names(_ nodes: [Int]) -> String { nodes.map { network.nodes[$0].name }.joined(separator: " ") }
    let stages = graph.stages.map { stage in
      "\(stage.name) axis \(stage.rowAxis) <- \(stage.inputs.joined(separator: " ")): \(names(stage.slicedNodes))"
        + (stage.replicatedNodes.isEmpty ? "" : " | \(names(stage.replicatedNodes))")
    }
    return stages + ["tail <- \(graph.tail.inputs.joined(separator: " ")): \(names(graph.tail.nodes))"]
  }

  @Test func parallelConvolutionsBeforeConcatShareAStage() throws {
    #expect(
      try lines(ExampleNetworks.squeezing()) == [
        "v2 axis 1 <- input: Conv_0 Relu_1 MaxPool_2",
        "v4 axis 1 <- v2: Conv_3 Relu_4",
        "v9 axis 1 <- v4: Conv_5 Relu_6 Conv_7 Relu_8 Concat_9",
        "v11 axis 1 <- v9: Conv_10 Relu_11",
        "v16 axis 1 <- v11: Conv_12 Relu_13 Conv_14 Relu_15 Concat_16",
        "v20 axis 1 <- v16: Conv_18 Relu_19 GlobalAveragePool_20",
        "tail <- v20: Softmax_21",
      ])
  }

  @Test func paddedShortcutTakesTheGatheredOperand() throws {
    #expect(
      try lines(ExampleNetworks.residualWithPaddedShortcut()) == [
        "v2 axis 1 <- input: Conv_0 Relu_2",
        "v5 axis 1 <- v2: Conv_3 Relu_5",
        "v9 axis 1 <- v2 v5: Conv_6 Add_8 Relu_9",
        "v12 axis 1 <- v9: Conv_10 Relu_12",
        "v18 axis 1 <- v9 v12: Conv_13 Slice_15 Pad_16 Add_17 Relu_18",
        "v21 axis 1 <- v18: Conv_19 Relu_21",
        "v25 axis 1 <- v18 v21: Conv_22 Add_24 Relu_25",
        "v28 axis 1 <- v25: Conv_26 Relu_28",
        "v36 axis 1 <- v25 v28: Conv_29 Slice_31 Pad_32 Add_33 Relu_34 GlobalAveragePool_35 Flatten_36",
        "tail <- v36: Gemm_37",
      ])
  }

  @Test func projectionShortcutIsAbsorbedByTheLaterStage() throws {
    #expect(
      try lines(ExampleNetworks.residualWithProjection()) == [
        "v2 axis 1 <- input: Conv_0 Relu_1 MaxPool_2",
        "v4 axis 1 <- v2: Conv_3 Relu_4",
        "v6 axis 1 <- v4: Conv_5 Relu_6",
        "v10 axis 1 <- v2 v6: Conv_7 Conv_8 Add_9 Relu_10",
        "v12 axis 1 <- v10: Conv_11 Relu_12",
        "v14 axis 1 <- v12: Conv_13 Relu_14",
        "v17 axis 1 <- v10 v14: Conv_15 Add_16 Relu_17",
        "v19 axis 1 <- v17: Conv_18 Relu_19",
        "v21 axis 1 <- v19: Conv_20 Relu_21",
        "v27 axis 1 <- v17 v21: Conv_22 Conv_23 Add_24 Relu_25 GlobalAveragePool_26 Flatten_27",
        "tail <- v27: Gemm_28",
      ])
  }

  /// Widening and depthwise convolution share a stage; the channel gate is cheaper than an exchange.
  @Test func invertedResidual() throws {
    #expect(
      try lines(ExampleNetworks.invertedResidual()) == [
        "v1 axis 1 <- input: Conv_0 Clip_1",
        "v5 axis 1 <- v1: Conv_2 Clip_3 Conv_4 Clip_5",
        "v7 axis 1 <- v1 v5: Conv_6 Add_7",
        "v11 axis 1 <- v7: Conv_8 Clip_9 Conv_10 Clip_11",
        "v12 axis 1 <- v11: Conv_12",
        "v16 axis 1 <- v12: Conv_13 Clip_14 Conv_15 Clip_16",
        "v18 axis 1 <- v12 v16: Conv_17 Add_18",
        "tail <- v18: GlobalAveragePool_19 Conv_20 Relu_21 Conv_22 HardSigmoid_23 Mul_24 HardSwish_25 "
          + "GlobalAveragePool_26 Flatten_27 Gemm_28",
      ])
  }

  /// What mixes channels without parameters to divide (LRN), and Flatten of a map, come after the exchange; so does
  /// what follows them until the next mixing layer.
  @Test func flattenedMapIntoDenseLayers() throws {
    #expect(
      try lines(ExampleNetworks.convolutionsThenDense()) == [
        "v1 axis 1 <- input: Conv_0 Relu_1",
        "v6 axis 1 <- v1: Conv_4 Relu_5 MaxPool_6 | LRN_2 MaxPool_3",
        "v9 axis 1 <- v6: Gemm_8 Relu_9 | Flatten_7",
        "v11 axis 1 <- v9: Gemm_10 Relu_11",
        "tail <- v11: Gemm_12",
      ])
  }

  /// LayerNormalization over channels is computed whole; so is the depthwise convolution on the gathered map.
  @Test func channelNormalisationIsReplicated() throws {
    #expect(
      try lines(ExampleNetworks.convNeXt()) == [
        "v1 axis 3 <- input: Conv_0 Transpose_1",
        "v9 axis 3 <- v1: MatMul_7 Add_8 Gelu_9 | LayerNormalization_2 Transpose_3 Conv_4 Transpose_5 "
          + "LayerNormalization_6",
        "v14 axis 1 <- v1 v9: Transpose_3 MatMul_10 Add_11 Transpose_12 Mul_13 Add_14 | LayerNormalization_2",
        "v20 axis 3 <- v14: MatMul_18 Add_19 Gelu_20 | Conv_15 Transpose_16 LayerNormalization_17",
        "v27 axis 1 <- v14 v20: MatMul_21 Add_22 Transpose_23 Mul_24 Add_25 GlobalAveragePool_26 Flatten_27",
        "tail <- v27: Gemm_28",
      ])
  }

  /// The same where an exporter wrote the normalisation in pieces.
  @Test func channelNormalisationInPiecesIsReplicated() throws {
    func types(_ network: Network) throws -> [[String]] {
      StageGraph(try AnalysedNetwork(network), options: StagingOptions()).stages.map { stage in
        (stage.slicedNodes + stage.replicatedNodes).map { network.nodes[$0].operatorType }
      }
    }
    #expect(try types(ExampleNetworks.convNeXt(inPieces: true)) == types(ExampleNetworks.convNeXt()))
  }

  /// Where an exchange is held to be cheap, the depthwise convolution on the gathered map is shared.
  @Test func costlyRowLocalWorkStartsAStage() throws {
    let cheap = StagingOptions(flopsPerExchangedByte: 1, exchangeOverheadBytes: 0)
    let found = try lines(ExampleNetworks.convNeXt(), options: cheap)
    #expect(found[1] == "v5 axis 3 <- v1: Transpose_3 Conv_4 Transpose_5 | LayerNormalization_2")
  }

  @Test func groupsAndShuffledChannels() throws {
    #expect(
      try lines(ExampleNetworks.shuffling()) == [
        "v1 axis 1 <- input: Conv_0 Relu_1",
        "v3 axis 1 <- v1: Conv_2 Relu_3",
        "v15 axis 1 <- v3: Slice_7 Slice_8 Conv_9 Relu_10 Concat_11 Conv_12 Relu_13 GlobalAveragePool_14 Flatten_15"
          + " | Reshape_4 Transpose_5 Reshape_6",
        "tail <- v15: Gemm_16",
      ])
  }

  @Test func sequences() throws {
    #expect(
      try lines(ExampleNetworks.sequence()) == [
        "v2 axis 1 <- input: Conv_0 Relu_1 MaxPool_2",
        "v7 axis 1 <- v2: Conv_3 Relu_5 GlobalAveragePool_6 Flatten_7",
        "tail <- v7: Gemm_8",
      ])
  }

  /// Pre-activation residual blocks (He et al., 2016b): the sum is needed behind the block as well as normalised before
  /// its first convolution. The sum is exchanged, the normalisation computed again on every seat.
  @Test func preActivationExchangesTheSum() throws {
    var builder = NetworkBuilder(name: "wide", input: [1, 3, 16, 16], seed: 1)
    var x = try builder.convolution("input", channels: 16, kernel: 3)
    for _ in 0..<2 {
      var y = try builder.relu(try builder.batchNormalization(x))
      y = try builder.relu(try builder.convolution(y, channels: 16, kernel: 3))
      x = try builder.add("Add", [x, try builder.convolution(y, channels: 16, kernel: 3)])
    }
    // The last block widens: its shortcut starts from the normalised value, which alone is needed.
    let y = try builder.relu(try builder.batchNormalization(x))
    var z = try builder.relu(try builder.convolution(y, channels: 32, kernel: 3, stride: 2))
    z = try builder.convolution(z, channels: 32, kernel: 3)
    z = try builder.add("Add", [z, try builder.convolution(y, channels: 32, kernel: 1, stride: 2, padding: 0)])
    let logits = try builder.classifier(try builder.relu(z), classes: 10)
    let network = try builder.finished(outputs: [logits]).simplified()
    #expect(
      try lines(network) == [
        "v0 axis 1 <- input: Conv_0",
        "v4 axis 1 <- v0: Conv_3 Relu_4 | BatchNormalization_1 Relu_2",
        "v6 axis 1 <- v0 v4: Conv_5 Add_6",
        "v10 axis 1 <- v6: Conv_9 Relu_10 | BatchNormalization_7 Relu_8",
        "v14 axis 1 <- v6 v10: Conv_11 Add_12 BatchNormalization_13 Relu_14",
        "v16 axis 1 <- v14: Conv_15 Relu_16",
        "v22 axis 1 <- v14 v16: Conv_17 Conv_18 Add_19 Relu_20 GlobalAveragePool_21 Flatten_22",
        "tail <- v22: Gemm_23",
      ])
  }

  /// Two values of one operator of which neither can be recomputed from the other are both exchanged, side by side.
  @Test func valuesThatCannotBeRecomputedAreBothExchanged() throws {
    var builder = NetworkBuilder(name: "shared", input: [1, 8, 16, 16], seed: 1)
    let a = try builder.convolution("input", channels: 16, kernel: 3)
    let b = try builder.convolution("input", channels: 16, kernel: 3)
    let sum = try builder.relu(try builder.add("Add", [a, b]))
    let c = try builder.convolution(try builder.relu(a), channels: 16, kernel: 3)
    let d = try builder.convolution(sum, channels: 16, kernel: 3)
    let joined = try builder.add("Concat", [d, c], ["axis": .integer(1)])
    let output = try builder.add("Softmax", [joined], ["axis": .integer(1)])
    let network = try builder.finished(outputs: [output])
    #expect(
      try lines(network) == [
        "v3 axis 1 <- input: Conv_0 Conv_1 Add_2 Relu_3",
        "v4 axis 1 <- input: Conv_0 Relu_4",
        "v7 axis 1 <- v3 v4: Conv_5 Conv_6 Concat_7",
        "tail <- v7: Softmax_8",
      ])
  }

  /// The published models, where they lie beside the package.
  @Test(.enabled(if: Models.exist, "the models are not beside the package"))
  func squeezeNet() throws {
    let graph = StageGraph(try AnalysedNetwork(try Models.squeezeNet()))
    var expected = ["pool1_1"]
    for fire in 2...9 {
      // Pooled before it is sent, where a pool follows.
      let pooled = [3: "pool3_1", 5: "pool5_1"]
      expected += ["fire\(fire)/squeeze1x1_2", pooled[fire] ?? "fire\(fire)/concat_1"]
    }
    #expect(graph.stages.map(\.name) == expected + ["pool10_1"])
    #expect(graph.stages.allSatisfy { $0.replicatedNodes.isEmpty && $0.rowAxis == 1 && $0.inputs.count == 1 })
    #expect(graph.tail.nodes.map { graph.network.nodes[$0].operatorType } == ["Softmax"])
  }

  @Test(.enabled(if: Models.exist, "the models are not beside the package"))
  func resNet20() throws {
    let graph = StageGraph(try AnalysedNetwork(try Models.resNet20()))
    #expect(graph.stages.count == 19)
    // A block exchanges its inner map and its sum; Slice, Pad and Add continue the second convolution's slice.
    #expect(graph.stages[8].name == "Relu_15")
    #expect(
      graph.stages[8].slicedNodes.map { graph.network.nodes[$0].operatorType } == [
        "Conv", "Slice", "Pad", "Add", "Relu",
      ])
    #expect(graph.stages.allSatisfy { $0.replicatedNodes.isEmpty && $0.rowAxis == 1 })
    #expect(graph.stages.last?.name == "Flatten_34")
    #expect(graph.tail.inputs == ["Flatten_34"])
    #expect(graph.tail.nodes.map { graph.network.nodes[$0].name } == ["linear"])
  }
}
