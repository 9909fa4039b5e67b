import Tensors

/// Joins its inputs along an axis. An input that is not given ("") contributes nothing: so a cut node leaves out the
/// operands from which it has no rows.
struct Concat: Operator {
  let identity: NodeIdentity
  let axis: Int

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    identity = reader.identity
    guard node.inputs.contains(where: { !$0.isEmpty }), node.outputs.count == 1 else {
      throw reader.invalid("must have inputs and one output")
    }
    guard let axis = try reader.integer("axis") else { throw reader.invalid("its axis is not given") }
    self.axis = axis
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let given = inputs.compactMap { $0 }
    guard var output = given.first else { throw identity.invalid("has no inputs") }
    let axis = try identity.axis(self.axis, rank: output.rank)
    for input in given.dropFirst() {
      guard input.rank == output.rank, input.dimensions.indices.allSatisfy({ $0 == axis || input[$0] == output[$0] })
      else { throw identity.invalid("its inputs \(output) and \(input) differ beside axis \(axis)") }
      output[axis] += input[axis]
    }
    return [try identity.checked(output)]
  }

  func takenTypes(at position: Int) -> Set<ElementType> { .all }

  func outputTypes(_ inputs: [ElementType?]) throws(NetworkError) -> [ElementType] { [try identity.common(inputs)] }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let own = try? identity.axis(self.axis, rank: output.rank) else { return nil }
    var offset = 0
    return RowRule(
      inputs.map { input in
        guard let input else { return .whole }
        guard axis == own else { return .rows(axis: axis, start: 0, step: 1) }
        defer { offset += input[own] }
        return .rows(axis: own, start: -offset, step: 1)
      })
  }

  func node(_ node: Node, computing rows: [Int], axis: Int, inputs: [Shape?]) -> Node {
    guard let rank = inputs.compactMap({ $0 }).first?.rank, let own = try? identity.axis(self.axis, rank: rank),
      axis == own
    else { return node }
    var cut = node
    var offset = 0
    for (position, input) in inputs.enumerated() {
      guard let input else { continue }
      let range = offset..<offset + input[own]
      if !rows.contains(where: range.contains) { cut.inputs[position] = "" }
      offset += input[own]
    }
    return cut
  }

  var takesEmptyInputs: Bool { true }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let given = inputs.compactMap { $0 }
    guard let rank = given.first?.shape.rank else { throw identity.invalid("has no inputs") }
    let axis = try identity.axis(self.axis, rank: rank)
    if given.count == 1 { return given }
    let integers = given.compactMap { if case .integers(let tensor) = $0 { tensor } else { nil } }
    if integers.count == given.count { return [.integers(.concatenating(integers, axis: axis))] }
    let maps = given.compactMap { if case .map(let map) = $0 { map } else { nil } }
    if axis == 1, maps.count == given.count { return [.map(FeatureMap.concatenating(maps))] }
    return [.tensor(Tensor.concatenating(given.map(\.asTensor), axis: axis))]
  }
}

extension Concat: KernelOperator {
  func emit(_ node: Node, into emission: inout Emission) -> Bool {
    guard node.inputs.allSatisfy({ !$0.isEmpty }), node.inputs.count > 1,
      let rank = emission.shapes[node.outputs[0]]?.rank, (try? identity.axis(axis, rank: rank)) == 1
    else { return false }
    return emission.join(node.inputs, output: node.outputs[0])
  }
}
