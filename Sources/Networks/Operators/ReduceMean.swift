import Tensors

/// The mean over axes: named by attribute, from opset 18 by input; all where none are named.
struct ReduceMean: Operator {
  let identity: NodeIdentity
  let axes: [Int]?
  let keepsDimensions: Bool
  let isIdentityWithoutAxes: Bool

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...2)
    identity = reader.identity
    axes = try reader.integers("axes", orInput: 1)
    keepsDimensions = try reader.flag("keepdims", default: true)
    isIdentityWithoutAxes = try reader.flag("noop_with_empty_axes")
  }

  private func axes(of input: Shape) throws(NetworkError) -> [Int] {
    if let axes, !axes.isEmpty { return try identity.axes(axes, rank: input.rank).sorted() }
    return isIdentityWithoutAxes ? [] : Array(0..<input.rank)
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    let axes = try axes(of: input)
    guard !input.dimensions.contains(0) else { throw identity.invalid("its input \(input) is empty") }
    if keepsDimensions { return [Shape(input.dimensions.indices.map { axes.contains($0) ? 1 : input[$0] })] }
    return [Shape(input.dimensions.indices.filter { !axes.contains($0) }.map { input[$0] })]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let input = inputs.first ?? nil, let axes = try? axes(of: input) else { return nil }
    let own = keepsDimensions ? axis : input.dimensions.indices.filter { !axes.contains($0) }[axis]
    return axes.contains(own) ? nil : .first(axis: own, of: inputs)
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    let axes = try axes(of: value.shape)
    if axes.isEmpty { return [value] }
    if case .map(let map) = value, axes == [2, 3], keepsDimensions { return [.map(map.globalAveragePooled())] }
    return [.tensor(value.asTensor.mean(axes: axes, keepDims: keepsDimensions))]
  }
}
