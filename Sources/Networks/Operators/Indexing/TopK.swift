import Tensors

/// The k largest (or smallest) elements along an axis, in order, and where they were; of equal ones the first first. k
/// is an attribute until opset 9, then an input that must be known beforehand.
struct TopK: Operator {
  let identity: NodeIdentity
  let axis: Int
  let count: Int
  let takesLargest: Bool

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...2, outputs: 1...2)
    identity = reader.identity
    axis = try reader.integer("axis", default: -1)
    guard let count = try reader.integers("k", orInput: 1), count.count == 1, count[0] >= 0 else {
      throw reader.invalid("its k must be one integer, not negative")
    }
    self.count = count[0]
    takesLargest = try reader.flag("largest", default: true)
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    var shape = try identity.shape(inputs, 0)
    let axis = try identity.axis(self.axis, rank: shape.rank)
    guard count <= shape[axis] else {
      throw identity.invalid("takes \(count) of an input of \(shape) along axis \(axis)")
    }
    shape[axis] = count
    return [shape, shape]
  }

  func takenTypes(at position: Int) -> Set<ElementType> { position == 0 ? .numbers : [.integer] }
  func outputTypes(_ inputs: [ElementType?]) -> [ElementType] { .like(inputs) + [.integer] }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let own = try? identity.axis(self.axis, rank: output.rank), axis != own else { return nil }
    return .first(axis: axis, of: inputs)
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    let output = try outputShapes([value.shape])[0]
    let axis = try identity.axis(self.axis, rank: value.shape.rank)
    let order: [Int]
    if case .integers(let tensor) = value {
      order = chosen(tensor.elements, value.shape, axis: axis)
    } else {
      // What is no number counts as the largest, so that there is an order.
      order = chosen(value.asTensor.elements.map { $0.isNaN ? .infinity : $0 }, value.shape, axis: axis)
    }
    let inner = value.shape.dimensions[(axis + 1)...].reduce(1, *)
    var positions = [Int](repeating: 0, count: output.elementCount)
    var indices = positions
    for (place, index) in order.enumerated() {
      let (line, rank) = place.quotientAndRemainder(dividingBy: count)
      let target = (line / inner * count + rank) * inner + line % inner
      indices[target] = index
      positions[target] = (line / inner * value.shape[axis] + index) * inner + line % inner
    }
    return [value.rearranged(positions, shape: output), .integers(IntegerTensor(shape: output, elements: indices))]
  }

  /// The chosen indices along the axis, line after line.
  private func chosen<Element: Comparable>(_ elements: [Element], _ shape: Shape, axis: Int) -> [Int] {
    let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    let extent = shape[axis]
    guard extent > 0, count > 0 else { return [] }
    var result: [Int] = []
    for line in 0..<elements.count / extent {
      let start = line / inner * extent * inner + line % inner
      let order = (0..<extent).sorted { a, b in
        let (x, y) = (elements[start + a * inner], elements[start + b * inner])
        return x == y ? a < b : takesLargest ? x > y : x < y
      }
      result += order.prefix(count)
    }
    return result
  }
}
