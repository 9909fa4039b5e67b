import Tensors

/// Matrix product with numpy's rules: leading dimensions broadcast, a vector is a matrix with one row or column.
struct MatMul: Operator {
  let identity: NodeIdentity

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 2...2)
    identity = reader.identity
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let a = try identity.shape(inputs, 0)
    let b = try identity.shape(inputs, 1)
    guard a.rank >= 1, b.rank >= 1 else { throw identity.invalid("its operands are \(a) and \(b)") }
    let left = a.rank == 1 ? Shape([1, a[0]]) : a
    let right = b.rank == 1 ? Shape([b[0], 1]) : b
    guard left[left.rank - 1] == right[right.rank - 2],
      let leading = Tensor.broadcast(Shape(left.dimensions.dropLast(2)), Shape(right.dimensions.dropLast(2)))
    else { throw identity.invalid("its operands \(a) and \(b) do not fit together") }
    var dimensions = leading.dimensions
    if a.rank > 1 { dimensions.append(left[left.rank - 2]) }
    if b.rank > 1 { dimensions.append(right[right.rank - 1]) }
    return [try identity.checked(Shape(dimensions))]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard inputs.count == 2, let a = inputs[0], let b = inputs[1], a.rank >= 2, b.rank >= 2 else { return nil }
    // The last axis is the right operand's own, the one before it the left's, those before both's.
    if axis == output.rank - 1 { return RowRule([.whole, .rows(axis: b.rank - 1, start: 0, step: 1)]) }
    if axis == output.rank - 2 { return RowRule([.rows(axis: a.rank - 2, start: 0, step: 1), .whole]) }
    return .aligned(axis: axis, inputs: inputs, output: output)
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let a = try identity.tensor(inputs, 0)
    let b = try identity.tensor(inputs, 1)
    return [.tensor(Tensor.matmul(a, b))]
  }

  func multiplyAccumulates(inputs: [Shape?], outputs: [Shape]) -> Int {
    guard let a = inputs.first ?? nil, let output = outputs.first, a.rank >= 1 else { return 0 }
    return cappedProduct(output.dimensions + [a[a.rank - 1]])
  }
}

extension MatMul: KernelOperator {
  /// Products of two activations, as in attention; those with constant weights are layers.
  func emit(_ node: Node, into emission: inout Emission) -> Bool {
    guard let a = emission.shapes[node.inputs[0]], let b = emission.shapes[node.inputs[1]], a.rank >= 2, b.rank >= 2
    else { return false }
    let batch = Shape(a.dimensions.dropLast(2))
    let other = Shape(b.dimensions.dropLast(2))
    // Either each has its own right factor, or all have one.
    let oneForAll = other.elementCount == 1 && other.rank <= batch.rank
    guard oneForAll || batch == other, let left = emission.operand(node.inputs[0], as: .plain),
      let right = emission.operand(node.inputs[1], as: .plain)
    else { return false }
    emission.append(
      .multiplyMatrices(
        batch: batch.elementCount, rows: a[a.rank - 2], depth: a[a.rank - 1], columns: b[b.rank - 1],
        oneForAll: oneForAll), [left, right], output: node.outputs[0], as: .plain)
    return true
  }
}
