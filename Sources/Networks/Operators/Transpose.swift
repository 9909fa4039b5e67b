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

  private func permutation(rank: Int) throws(NetworkError) -> [Int] {
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
