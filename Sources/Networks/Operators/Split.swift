import Tensors

/// Divides its input along an axis. `Network.simplified()` writes it as one Slice an output, which have rows.
struct Split: Operator {
  let identity: NodeIdentity
  let axis: Int
  let sizes: [Int]?
  let outputCount: Int

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...2, outputs: 1...(.max))
    identity = reader.identity
    axis = try reader.integer("axis", default: 0)
    sizes = try reader.integers("split", orInput: 1)
    outputCount = node.outputs.count
    if let sizes, sizes.count != outputCount || sizes.contains(where: { $0 < 0 }) {
      throw reader.invalid("its split is \(sizes) for \(outputCount) outputs")
    }
    if let count = try reader.integer("num_outputs"), count != outputCount {
      throw reader.invalid("num_outputs is \(count), it has \(outputCount)")
    }
  }

  /// The axis and the range of it that each output takes.
  func ranges(of input: Shape) throws(NetworkError) -> (axis: Int, ranges: [Range<Int>]) {
    let axis = try identity.axis(self.axis, rank: input.rank)
    // All alike; where that does not come out even, the last is smaller.
    let even = (input[axis] + outputCount - 1) / outputCount
    var ranges: [Range<Int>] = []
    var start = 0
    for index in 0..<outputCount {
      let size = sizes?[index] ?? Swift.min(even, input[axis] - start)
      guard size >= 0, size <= input[axis] - start else {
        throw identity.invalid("an input of \(input) has too little for its outputs along axis \(axis)")
      }
      ranges.append(start..<start + size)
      start += size
    }
    guard start == input[axis] else { throw identity.invalid("its outputs leave a part of \(input) over") }
    return (axis, ranges)
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    let (axis, ranges) = try ranges(of: input)
    return ranges.map { range in
      var shape = input
      shape[axis] = range.count
      return shape
    }
  }

  /// Rules speak of one output, and this has several.
  func takenTypes(at position: Int) -> Set<ElementType> { .all }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? { nil }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    let (axis, ranges) = try ranges(of: value.shape)
    return ranges.map { value.selecting(Array($0), axis: axis) }
  }
}
