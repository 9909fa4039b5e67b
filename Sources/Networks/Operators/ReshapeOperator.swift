import Tensors

/// What operators share that give the same elements, in the same order, another shape.
///
/// Rows survive where their axis does: as long as before, with as many elements before it. `[1, C, 1, 1]` flattened to
/// `[1, C]` keeps its rows; flattened `[1, C, H, W]` does not.
protocol ReshapeOperator: KernelOperator {
  var identity: NodeIdentity { get }
  func target(for input: Shape) throws(NetworkError) -> Shape
}

extension ReshapeOperator {
  func takenTypes(at position: Int) -> Set<ElementType> { .all }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    let output = try identity.checked(try target(for: input))
    guard output.elementCount == input.elementCount else {
      throw identity.invalid("an input of \(input) cannot take the shape \(output)")
    }
    return [output]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let input = inputs.first ?? nil, let own = RowRule.survivingAxis(of: axis, input: input, output: output)
    else { return nil }
    return .first(axis: own, of: inputs)
  }

  func emit(_ node: Node, into emission: inout Emission) -> Bool {
    let (input, output) = (node.inputs[0], node.outputs[0])
    guard emission.isMade(input), let operand = emission.operand(input, as: .plain) else { return false }
    return emission.alias(output, of: operand, as: .plain)
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    let shape = try outputShapes([value.shape])[0]
    if shape == value.shape { return [value] }
    if case .integers(let tensor) = value { return [.integers(tensor.reshaped(to: shape))] }
    return [.tensor(value.asTensor.reshaped(to: shape))]
  }
}
