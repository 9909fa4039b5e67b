import Tensors

/// Permutes dimensions; without `perm`, reverses them.
struct Transpose: Operator {
  let identity: NodeIdentity
  let permutation: [Int]?

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    permutation = try reader.integers("perm")
  }

  func permutation(rank: Int) throws(NetworkError) -> [Int] {
    guard let permutation else { return Array((0..<rank).reversed()) }
    guard permutation.sorted() == Array(0..<rank) else {
      throw identity.invalid("perm \(permutation) is not a permutation of \(rank) dimensions")
    }
    return permutation
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    return [Shape(try permutation(rank: input.rank).map { input[$0] })]
  }

  func takenTypes(at position: Int) -> Set<ElementType> { .all }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let permutation = try? permutation(rank: output.rank) else { return nil }
    return .first(axis: permutation[axis], of: inputs)
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    return [value.transposed(try permutation(rank: value.shape.rank))]
  }
}

extension Transpose: KernelOperator {
  func emit(_ node: Node, into emission: inout Emission) -> Bool {
    let (input, output) = (node.inputs[0], node.outputs[0])
    if emission.channelsLast.contains(output) {
      guard let layout = emission.layout(of: input, as: .map), let operand = emission.operand(input, as: .map) else {
        return false
      }
      if !emission.alias(output, of: operand, as: .channelsLast) {
        emission.append(.copy(layout), [operand], output: output, as: .channelsLast)
      }
      return true
    }
    guard emission.channelsLast.contains(input),
      permutation == (emission.shapes[input]?.rank == 3 ? [0, 2, 1] : [0, 3, 1, 2])
    else { return false }
    emission.alias(output, of: input, as: .map)
    return true
  }
}
