import Tensors

/// A part of each axis: from `start`, each `step`-th index before `end`. Attributes until opset 9 and in cut nodes,
/// constant inputs from opset 10 on.
struct Slice: Operator {
  /// One axis resolved against its extent.
  struct Part: Hashable {
    var axis: Int
    var start: Int
    var step: Int
    var count: Int
    var indices: [Int] { (0..<count).map { start + $0 * step } }
  }

  let identity: NodeIdentity
  let starts: [Int]
  let ends: [Int]
  let axes: [Int]?
  let steps: [Int]?

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...5)
    identity = reader.identity
    guard let starts = try reader.integers("starts", orInput: 1), let ends = try reader.integers("ends", orInput: 2)
    else { throw reader.invalid("its starts or ends are not given") }
    axes = try reader.integers("axes", orInput: 3)
    steps = try reader.integers("steps", orInput: 4)
    guard starts.count == ends.count, (axes?.count ?? starts.count) == starts.count,
      (steps?.count ?? starts.count) == starts.count
    else { throw reader.invalid("its starts, ends, axes and steps differ in number") }
    guard !(steps ?? []).contains(0) else { throw reader.invalid("has a step of 0") }
    self.starts = starts
    self.ends = ends
  }

  func parts(of input: Shape) throws(NetworkError) -> [Part] {
    let axes = self.axes ?? Array(starts.indices)
    let resolved = try identity.axes(axes, rank: input.rank)
    return resolved.enumerated().map { index, axis in
      let extent = input[axis]
      let step = steps?[index] ?? 1
      let start = starts[index] < 0 ? starts[index] + extent : starts[index]
      let end = ends[index] < 0 ? ends[index] + extent : ends[index]
      if step > 0 {
        let (first, last) = (Swift.min(Swift.max(start, 0), extent), Swift.min(Swift.max(end, 0), extent))
        return Part(axis: axis, start: first, step: step, count: last > first ? (last - first - 1) / step + 1 : 0)
      }
      let (first, last) = (Swift.min(Swift.max(start, -1), extent - 1), Swift.min(Swift.max(end, -1), extent - 1))
      return Part(axis: axis, start: first, step: step, count: first > last ? (first - last - 1) / -step + 1 : 0)
    }
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    var shape = try identity.shape(inputs, 0)
    for part in try parts(of: shape) { shape[part.axis] = part.count }
    return [shape]
  }

  func takenTypes(at position: Int) -> Set<ElementType> { .all }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let input = inputs.first ?? nil, let parts = try? parts(of: input) else { return nil }
    guard let own = parts.first(where: { $0.axis == axis }) else { return .first(axis: axis, of: inputs) }
    guard own.step > 0 else { return nil }
    return .first(axis: axis, of: inputs, start: own.start, step: own.step)
  }

  func node(_ node: Node, computing rows: [Int], axis: Int, inputs: [Shape?]) -> Node {
    guard let input = inputs.first ?? nil, let parts = try? parts(of: input),
      parts.contains(where: { $0.axis == axis })
    else { return node }
    // The input, cut by the rule, holds exactly the rows wanted: only the other axes are left to slice.
    let others = axes ?? Array(starts.indices)
    let kept = others.indices.filter { parts[$0].axis != axis }
    var cut = node
    cut.inputs = node.inputs.indices.map { $0 == 0 ? node.inputs[0] : "" }
    cut.attributes["starts"] = .integers(kept.map { starts[$0] })
    cut.attributes["ends"] = .integers(kept.map { ends[$0] })
    cut.attributes["axes"] = .integers(kept.map { parts[$0].axis })
    cut.attributes["steps"] = .integers(kept.map { parts[$0].step })
    return cut
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    var value = try identity.value(inputs, 0)
    for part in try parts(of: value.shape) where part.indices != Array(0..<value.shape[part.axis]) {
      value = value.selecting(part.indices, axis: part.axis)
    }
    return [value]
  }
}
