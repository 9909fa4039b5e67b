import Networks
import Tensors
import Testing

@testable import Learning

@Suite struct ParameterLayoutTests {
  private struct Named {
    var builder = NetworkBuilder(name: "n", input: [1, 4, 6, 6], seed: 1)

    /// Constants by name, so that it can be told what became of each.
    mutating func define(_ name: String, _ shape: Shape) -> String {
      let count = shape.elementCount
      let start = Float(builder.network.constants.count * 1000)
      builder.define(
        .float(Tensor(shape: shape, elements: (0..<count).map { start + Float($0) })), named: name)
      return name
    }
  }

  @Test func weightsDecayAndOthersDoNot() throws {
    var n = Named()
    var x = try n.builder.add("Sub", ["input", n.define("mean", [1, 4, 1, 1])])
    x = try n.builder.add("Mul", [n.define("deviation", [4, 1, 1]), x])
    x = try n.builder.add("Conv", [x, n.define("filters", [3, 4, 3, 3]), n.define("bias", [3])])
    x = try n.builder.add(
      "BatchNormalization",
      [x, n.define("gamma", [3]), n.define("beta", [3]), n.define("running", [3]), n.define("variance", [3])])
    x = try n.builder.add("Mul", [x, n.define("scale", [3, 1, 1])])
    x = try n.builder.add("Clip", [x, n.define("low", []), n.define("high", [])])
    x = try n.builder.add("Dropout", [x, n.define("ratio", [])])
    x = try n.builder.add("Mul", [x, n.define("half", [])])
    x = try n.builder.add("Reshape", [x, n.builder.constant([4, 1, 12])])
    x = try n.builder.add("LayerNormalization", [x, n.define("normScale", [12]), n.define("normShift", [12])])
    x = try n.builder.add(
      "LSTM", [x, n.define("w", [1, 8, 12]), n.define("r", [1, 8, 2]), n.define("b", [1, 16])])
    x = try n.builder.add("Reshape", [x, n.builder.constant([4, 2])])
    x = try n.builder.add("Gemm", [x, n.define("dense", [2, 5]), n.define("denseBias", [5])])
    x = try n.builder.add("MatMul", [x, n.define("last", [5, 5])])
    x = try n.builder.add("MatMul", [x, "last"])
    let network = try n.builder.finished(outputs: [x])

    let layout = ParameterLayout(network)
    let decaying = ["filters", "w", "r", "dense", "last"]
    #expect(
      layout.entries.map(\.name)
        == decaying + ["bias", "gamma", "beta", "scale", "normScale", "normShift", "b", "denseBias"])
    #expect(layout.statistics.map(\.name) == ["running", "variance"])
    #expect(layout.decayedCount == 108 + 96 + 16 + 10 + 25)
    #expect(layout.statisticsCount == 6)
    var place = 0
    for entry in layout.entries {
      #expect(entry.range == place..<place + (network.constants[entry.name]?.shape.elementCount ?? 0))
      place = entry.range.upperBound
    }
    #expect(layout.count == place)

    let frozen = ParameterLayout(network, frozen: ["filters", "b", "running"])
    #expect(frozen.entries.map(\.name) == layout.entries.map(\.name).filter { !["filters", "b"].contains($0) })
    #expect(frozen.statistics.map(\.name) == ["variance"])
    #expect(frozen.decayedCount == layout.decayedCount - 108)

    // Numbers go where they came from, and all else stays.
    let (parameters, statistics) = (layout.parameters(of: network), layout.statistics(of: network))
    #expect(parameters.count == layout.count && Set(parameters).count == layout.count)
    let moved = layout.network(network, parameters: parameters.map { -$0 - 1 }, statistics: statistics.map { $0 + 0.5 })
    let trained = Set(layout.entries.map(\.name))
    for (name, constant) in network.constants {
      guard case .float(let before) = constant, case .float(let after) = moved.constants[name] else { continue }
      #expect(after.shape == before.shape)
      let expected = before.elements.map { number in
        trained.contains(name) ? -number - 1 : layout.statistics.contains { $0.name == name } ? number + 0.5 : number
      }
      #expect(after.elements == expected, "\(name)")
    }
  }

  /// What is added to the input after a layer is trained; what is added to the input itself is not.
  @Test func onlyTheInputsOwnNormalizationStays() throws {
    var n = Named()
    let shifted = try n.builder.add("Add", ["input", n.define("shift", [4, 1, 1])])
    let layer = try n.builder.add("Conv", [shifted, n.define("filters", [4, 4, 1, 1])])
    let scaled = try n.builder.add("Mul", [layer, n.define("factor", [4, 1, 1])])
    let sum = try n.builder.add("Add", [scaled, shifted])
    let last = try n.builder.add("Sub", [sum, n.define("late", [1, 4, 6, 6])])
    let layout = ParameterLayout(try n.builder.finished(outputs: [last]))
    #expect(layout.entries.map(\.name) == ["filters", "factor", "late"])
  }

  @Test func aNetworkWithoutWeightsIsRefused() throws {
    var builder = NetworkBuilder(name: "bare", input: [1, 4], seed: 1)
    let y = try builder.add("Relu", ["input"])
    let network = try builder.finished(outputs: [y])
    #expect(throws: LearningError.mismatch("network 'bare' has no weights to train")) {
      try TrainingRun(network, samples: 1, threads: 1)
    }
  }
}
