import Networks
import Tensors
import Testing

@testable import Plans

/// Slices computed from a whole network's values must be the same rows of those values.
struct CuttingTests {
  @Test(arguments: Example.allCases)
  func slicesEqualRowsOfTheWhole(example: Example) throws {
    for seed in UInt64(1)...4 {
      let network = try example.network(seed: seed)
      let graph = StageGraph(try AnalysedNetwork(network))
      var random = SeededGenerator(seed: seed)
      let values = try wholeValues(of: graph, random: &random)
      for (index, stage) in graph.stages.enumerated() {
        let expected = try #require(values[stage.output.name])
        for rows in splits(of: stage.rowCount, random: &random) where !rows.isEmpty {
          let slice = graph.sliceNetwork(stage: index, rows: rows)
          #expect(Set(slice.inputs.map(\.name)).isSubset(of: stage.inputs))
          let result = try PreparedNetwork(slice).run(values)
          let output = try #require(result[stage.output.name])
          let wanted = expected.selecting(indices: rows, axis: stage.rowAxis)
          #expect(output.shape == wanted.shape)
          #expect(
            largestDifference(output, wanted) <= 1e-5 * max(1, largest(wanted)),
            "\(network.name) stage \(stage.name) rows \(rows) seed \(seed)")
        }
      }
    }
  }

  @Test(arguments: Example.allCases)
  func chainOfStagesEqualsTheWhole(example: Example) throws {
    for seats in [1, 2, 3, 5] {
      let seed = UInt64(seats)
      let network = try example.network(seed: seed)
      let graph = StageGraph(try AnalysedNetwork(network))
      var random = SeededGenerator(seed: seed)
      let input = randomInputs(of: network, random: &random)
      let whole = try PreparedNetwork(network).run(input)
      var values = input
      for (index, stage) in graph.stages.enumerated() {
        var gathered = Tensor(shape: stage.output.shape, repeating: .nan)
        for rows in deal(stage.rowCount, to: seats, random: &random) where !rows.isEmpty {
          let slice = try PreparedNetwork(graph.sliceNetwork(stage: index, rows: rows))
          let part = try #require(try slice.run(values)[stage.output.name])
          place(part, rows: rows, axis: stage.rowAxis, into: &gathered)
        }
        values[stage.output.name] = gathered
      }
      var outputs = values
      if let tail = graph.tailNetwork() { outputs.merge(try PreparedNetwork(tail).run(values)) { $1 } }
      for output in network.outputs {
        let expected = try #require(whole[output.name])
        let found = try #require(outputs[output.name])
        #expect(
          largestDifference(found, expected) <= 1e-5 * max(1, largest(expected)),
          "\(network.name) on \(seats) seats, seed \(seed)")
      }
    }
  }

  /// Many small groups with unequal shares, two outputs a channel, every other channel, borders of zero channels, gates
  /// and swish, all within one slice.
  @Test(arguments: UInt64(1)...6)
  func unusualStructures(seed: UInt64) throws {
    var builder = NetworkBuilder(name: "unusual", input: [1, 20, 6, 6], seed: seed)
    var x = try builder.convolution("input", channels: 40, kernel: 1)
    x = try builder.convolution(x, channels: 80, kernel: 3, groups: 40)
    x = try builder.add("Mul", [x, try builder.add("Sigmoid", [x])])
    let picked = try builder.add(
      "Slice", [x],
      ["starts": .integers([1]), "ends": .integers([80]), "axes": .integers([1]), "steps": .integers([2])])
    let bordered = try builder.add("Pad", [picked, builder.constant([0, 7, 1, 0, 0, 5, 0, 1])])
    let pooled = try builder.maxPool(bordered, kernel: 2, stride: 2)
    let joined = try builder.add(
      "Concat", [pooled, try builder.maxPool(x, kernel: 2, stride: 2)], ["axis": .integer(1)])
    let gate = try builder.add("Sigmoid", [try builder.convolution(joined, channels: 1, kernel: 1)])
    x = try builder.convolution(try builder.add("Mul", [joined, gate]), channels: 132, kernel: 3, groups: 33)
    x = try builder.convolution(x, channels: 66, kernel: 1, groups: 66)
    let network = try builder.finished(outputs: [x])
    // With nothing small, every operator that can be divided is.
    let graph = StageGraph(
      try AnalysedNetwork(network), options: StagingOptions(flopsPerExchangedByte: 0, exchangeOverheadBytes: 0))
    try #require(graph.stages.count > 2)
    var random = SeededGenerator(seed: seed)
    let values = try wholeValues(of: graph, random: &random)
    for (index, stage) in graph.stages.enumerated() {
      let expected = try #require(values[stage.output.name])
      for rows in splits(of: stage.rowCount, random: &random) + [[0], [stage.rowCount - 1]] where !rows.isEmpty {
        let slice = try PreparedNetwork(graph.sliceNetwork(stage: index, rows: rows))
        let output = try #require(try slice.run(values)[stage.output.name])
        let wanted = expected.selecting(indices: rows, axis: stage.rowAxis)
        #expect(
          largestDifference(output, wanted) <= 1e-5 * max(1, largest(wanted)),
          "stage \(stage.name) rows \(rows) seed \(seed)")
      }
    }
  }

  /// A seat's rows need not be whole groups, and some operators compute nothing less.
  @Test(arguments: ["GroupNormalization", "ConvTranspose", "SpaceToDepth"])
  func partsOfGroupsAreCutFromWholeOnes(operatorType: String) throws {
    var builder = NetworkBuilder(name: operatorType, input: [1, 3, 4, 4], opset: 28, seed: 5)
    var x = try builder.convolution("input", channels: 12, kernel: 3)
    switch operatorType {
    case "GroupNormalization":
      let (scale, shift) = (builder.random([12], spread: 1), builder.random([12], spread: 1))
      x = try builder.add(operatorType, [x, scale, shift], ["num_groups": .integer(3)])
    case "ConvTranspose":
      let weights = builder.random([12, 4, 2, 2], spread: 1)
      x = try builder.add(operatorType, [x, weights], ["group": .integer(3), "strides": .integers([2, 2])])
    default: x = try builder.add(operatorType, [x], ["blocksize": .integer(2), "mode": .string("CRD")])
    }
    x = try builder.add("Sigmoid", [x])
    let graph = StageGraph(
      try AnalysedNetwork(try builder.finished(outputs: [x])),
      options: StagingOptions(flopsPerExchangedByte: 0, exchangeOverheadBytes: 0))
    var random = SeededGenerator(seed: 6)
    let values = try wholeValues(of: graph, random: &random)
    let (index, stage) = try #require(graph.stages.enumerated().first { $0.element.output.name == x })
    let expected = try #require(values[x])
    for row in 0..<stage.rowCount {
      for rows in [[row], Array(Set([0, row, stage.rowCount - 1]).sorted())] {
        let slice = try PreparedNetwork(graph.sliceNetwork(stage: index, rows: rows))
        let output = try #require(try slice.run(values)[x])
        let wanted = expected.selecting(indices: rows, axis: stage.rowAxis)
        #expect(output.shape == wanted.shape, "rows \(rows)")
        #expect(largestDifference(output, wanted) <= 1e-5 * max(1, largest(wanted)), "rows \(rows)")
      }
    }
  }

  /// A file may name a constant as an output: the gateway has it without a seat's help.
  @Test func aConstantIsAnOutputOfTheTail() throws {
    var builder = NetworkBuilder(name: "constant", input: [1, 3, 4, 4], seed: 7)
    let x = try builder.convolution("input", channels: 6, kernel: 3)
    let constant = builder.random([2, 3], spread: 1)
    let network = try builder.finished(outputs: [constant, x])
    let tail = try #require(StageGraph(try AnalysedNetwork(network)).tailNetwork())
    let expected = try #require(network.constants[constant])
    let found = try #require(try PreparedNetwork(tail).run([String: Tensor]())[constant])
    #expect(RuntimeValue(expected).asTensor.elements == found.elements)
  }

  /// Every exchanged value of a network, computed whole.
  private func wholeValues(of graph: StageGraph, random: inout SeededGenerator) throws -> [String: Tensor] {
    var network = graph.network
    let input = randomInputs(of: network, random: &random)
    network.outputs = graph.stages.map { ValueDescription(name: $0.output.name, shape: $0.output.shape) }
    return try PreparedNetwork(network).run(input).merging(input) { $1 }
  }

  /// A single row, both ends, a random half and the other half.
  private func splits(of count: Int, random: inout SeededGenerator) -> [[Int]] {
    let half = (0..<count).filter { _ in Bool.random(using: &random) }
    let other = (0..<count).filter { !half.contains($0) }
    return [[Int.random(in: 0..<count, using: &random)], Array(Set([0, count - 1]).sorted()), half, other]
  }

  private func deal(_ count: Int, to seats: Int, random: inout SeededGenerator) -> [[Int]] {
    var hands = [[Int]](repeating: [], count: seats)
    for row in 0..<count { hands[Int.random(in: 0..<seats, using: &random)].append(row) }
    return hands
  }
}

func randomInputs(of network: Network, random: inout SeededGenerator) -> [String: Tensor] {
  var inputs: [String: Tensor] = [:]
  for input in network.inputs {
    let elements = (0..<input.shape.elementCount).map { _ in Float.random(in: -1...1, using: &random) }
    inputs[input.name] = Tensor(shape: input.shape, elements: elements)
  }
  return inputs
}

func largest(_ tensor: Tensor) -> Float { tensor.elements.reduce(0) { max($0, abs($1)) } }

/// Infinite where a value is not a number, so that no comparison hides it.
func largestDifference(_ a: Tensor, _ b: Tensor) -> Float {
  guard a.shape == b.shape else { return .infinity }
  return zip(a.elements, b.elements).reduce(0) { ($1.0 - $1.1).isNaN ? .infinity : max($0, abs($1.0 - $1.1)) }
}

func place(_ part: Tensor, rows: [Int], axis: Int, into whole: inout Tensor) {
  let inner = whole.shape.dimensions.dropFirst(axis + 1).reduce(1, *)
  let outer = whole.shape.dimensions.prefix(axis).reduce(1, *)
  let extent = whole.shape[axis]
  let elements = part.elements
  whole.withUnsafeMutableBufferPointer { target in
    for block in 0..<outer {
      for (index, row) in rows.enumerated() {
        for element in 0..<inner {
          target[(block * extent + row) * inner + element] = elements[(block * rows.count + index) * inner + element]
        }
      }
    }
  }
}
