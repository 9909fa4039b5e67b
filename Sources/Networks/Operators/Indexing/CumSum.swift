import Tensors

/// Sums along an axis from its start to each element (or to before it, or from its end). The axis must be known
/// beforehand.
struct CumSum: Operator {
  let identity: NodeIdentity
  let axis: Int
  let excludesItself: Bool
  let isReversed: Bool

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 2...2)
    identity = reader.identity
    guard let axis = try reader.integers("", orInput: 1), axis.count == 1 else {
      throw reader.invalid("its axis must be one integer")
    }
    self.axis = axis[0]
    excludesItself = try reader.flag("exclusive")
    isReversed = try reader.flag("reverse")
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    _ = try identity.axis(axis, rank: input.rank)
    return [input]
  }

  func takenTypes(at position: Int) -> Set<ElementType> { position == 0 ? .numbers : [.integer] }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let own = try? identity.axis(self.axis, rank: output.rank), axis != own else { return nil }
    return .first(axis: axis, of: inputs)
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    let axis = try identity.axis(self.axis, rank: value.shape.rank)
    if case .integers(let tensor) = value {
      let sums = summed(tensor.elements, tensor.shape, axis: axis, zero: 0) { $0 &+ $1 }
      return [.integers(IntegerTensor(shape: tensor.shape, elements: sums))]
    }
    let elements = value.asTensor.elements.map(Double.init)
    let sums = summed(elements, value.shape, axis: axis, zero: 0) { $0 + $1 }
    return [.tensor(Tensor(shape: value.shape, elements: sums.map { Float($0) }))]
  }

  private func summed<Element>(
    _ elements: [Element], _ shape: Shape, axis: Int, zero: Element, _ add: (Element, Element) -> Element
  ) -> [Element] {
    var result = elements
    let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    let extent = shape[axis]
    guard extent > 0 else { return result }
    for line in 0..<elements.count / extent {
      var sum = zero
      for step in 0..<extent {
        let index = isReversed ? extent - 1 - step : step
        let position = (line / inner * extent + index) * inner + line % inner
        let before = sum
        sum = add(sum, elements[position])
        result[position] = excludesItself ? before : sum
      }
    }
    return result
  }
}
