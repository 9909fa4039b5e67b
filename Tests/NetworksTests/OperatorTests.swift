import Networks
import Tensors
import Testing

@Suite struct OperatorTests {
  @Test(arguments: OperatorCase.table)
  func valuesEqualThePlainReference(_ test: OperatorCase) throws {
    for areWeightsInputs in [false, true] {
      let (network, values) = test.network(seed: 11, areWeightsInputs: areWeightsInputs)
      let prepared = try PreparedNetwork(network)
      let found = try prepared.run(values.mapValues { RuntimeValue.tensor($0) })
      let expected = Reference.run(network, values)
      for output in prepared.outputs {
        let value = try #require(found[output.name])
        #expect(value.shape == output.shape, "\(test.testDescription): the shape inferred and the shape computed")
        #expect(
          value.elementType == output.elementType, "\(test.testDescription): the type inferred and the type computed")
        expect(value.asTensor, equals: try #require(expected[output.name]), test.testDescription)
      }
    }
  }

  /// Rows computed by the cut node from inputs cut by its rule are the whole node's rows.
  @Test(arguments: OperatorCase.table)
  func rowsComputedApartAreTheWholesRows(_ test: OperatorCase) throws {
    for areWeightsInputs in [false, true] {
      let (network, values) = test.network(seed: 12, areWeightsInputs: areWeightsInputs)
      let cutter = RowCutter(network, values)
      let whole = try #require(try PreparedNetwork(network).run(values)["o0"])
      for axis in 0..<whole.shape.rank {
        let rule = try cutter.rule(axis: axis)
        #expect((rule != nil) == test.rowAxes.contains(axis), "\(test.testDescription), axis \(axis)")
        guard let rule else { continue }
        for seed in UInt64(0)..<4 {
          let rows = cutter.rows(axis: axis, rule, extent: whole.shape[axis], seed: seed)
          let (cut, cutValues) = try cutter.cut(axis: axis, rule, rows: rows)
          let comment = "\(test.testDescription), axis \(axis), rows \(rows), seed \(seed)"
          let part = try #require(try PreparedNetwork(cut).run(cutValues)["o0"])
          expect(part, equals: Values(whole).selecting(rows, axis: axis), comment)
        }
      }
    }
  }

  @Test func everyOperatorIsInTheTable() {
    #expect(Set(OperatorCase.table.map(\.type)) == Set(OperatorLibrary.names))
  }
}

/// Cuts a network of one node by its row rule, as planning does.
struct RowCutter {
  let network: Network
  let values: [String: Tensor]

  init(_ network: Network, _ values: [String: Tensor]) {
    self.network = network
    self.values = values
  }

  var node: Node { network.nodes[0] }

  func shapes() throws -> (inputs: [Shape?], output: Shape) {
    let shapes = try network.inferredShapes()
    return (node.inputs.map { shapes[$0] }, try #require(shapes[node.outputs[0]]))
  }

  func rule(axis: Int) throws -> RowRule? {
    let (inputs, output) = try shapes()
    let rule = try network.makeOperator(for: node).rowRule(axis: axis, inputs: inputs, output: output)
    if let rule { #expect(rule.inputs.count == node.inputs.count) }
    return rule
  }

  /// Some rows, ascending, at least one; whole groups where the rule speaks of groups.
  func rows(axis: Int, _ rule: RowRule, extent: Int, seed: UInt64) -> [Int] {
    var generator = SeededGenerator(seed: seed)
    var unit = 1
    for case .group(_, let rowsPerGroup, _) in rule.inputs { unit = rowsPerGroup }
    let units = extent / unit
    var chosen = (0..<units).filter { _ in generator.next() & 1 == 0 }
    if chosen.isEmpty { chosen = [Int(generator.next() % UInt64(units))] }
    return chosen.flatMap { Array($0 * unit..<($0 + 1) * unit) }
  }

  func cut(axis: Int, _ rule: RowRule, rows: [Int]) throws -> (Network, [String: Tensor]) {
    let (shapes, _) = try shapes()
    var cut = network
    var cutValues: [String: Tensor] = [:]
    var node = try network.makeOperator(for: node).node(node, computing: rows, axis: axis, inputs: shapes)
    #expect(node.inputs.count == self.node.inputs.count)
    for (position, name) in self.node.inputs.enumerated() where !node.inputs[position].isEmpty {
      guard let shape = shapes[position] else { continue }
      var indices: [Int]
      let own: Int
      switch rule.inputs[position] {
      case .whole: (own, indices) = (0, Array(0..<(shape.rank > 0 ? shape[0] : 1)))
      case .rows(let axis, let start, let step):
        own = axis
        indices = rows.map { start + step * $0 }.map { $0 >= 0 && $0 < shape[axis] ? $0 : -1 }
        // A border's rows are zero; another operand's are left out.
        if node.operatorType != "Pad" { indices.removeAll { $0 < 0 } }
      case .group(let axis, let rowsPerGroup, let inputsPerGroup):
        own = axis
        let groups = Set(rows.map { $0 / rowsPerGroup }).sorted()
        indices = groups.flatMap { Array($0 * inputsPerGroup..<($0 + 1) * inputsPerGroup) }
      }
      #expect(!indices.isEmpty || node.inputs[position].isEmpty)
      if shape.rank == 0 {
        cutValues[name] = values[name]
      } else if let tensor = values[name] {
        let part = Values(tensor).selecting(indices, axis: own)
        cutValues[name] = Tensor(shape: Shape(part.shape), elements: part.elements.map { Float($0) })
      } else if let constant = network.constants[name] {
        let part = Values(constant).selecting(indices, axis: own)
        if case .integer(let whole) = constant {
          cut.constants[name] = .integer(
            IntegerTensor(shape: Shape(part.shape), elements: part.integers, isBoolean: whole.isBoolean))
        } else {
          cut.constants[name] = .float(Tensor(shape: Shape(part.shape), elements: part.elements.map { Float($0) }))
        }
      }
    }
    node.outputs = ["o0"]
    cut.nodes = [node]
    cut.outputs = [ValueDescription(name: "o0", shape: [])]
    cut.inputs = network.inputs.compactMap { input in
      cutValues[input.name].map {
        ValueDescription(name: input.name, shape: $0.shape, elementType: input.elementType)
      }
    }
    return (cut, cutValues)
  }
}
