import Tensors

/// What window pools share. Data is `[N, C, L]`, `[N, C, H, W]` or `[N, C, D, H, W]`; a row is a channel.
///
/// Every pool here takes its windows apart: what a window of three dimensions holds is pooled over the last two, then
/// the results over the first.
protocol PoolOperator: Operator {
  var identity: NodeIdentity { get }
  var windowAttributes: WindowAttributes { get }
  var ceil: Bool { get }
  func pool(_ map: FeatureMap, _ window: Window) -> FeatureMap
  /// What is done to each element before it is pooled, and to each result.
  func opened(_ map: FeatureMap) -> FeatureMap
  func closed(_ map: FeatureMap) -> FeatureMap
}

extension PoolOperator {
  func opened(_ map: FeatureMap) -> FeatureMap { map }
  func closed(_ map: FeatureMap) -> FeatureMap { map }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    [try pooledShape(try identity.shape(inputs, 0))]
  }

  func pooledShape(_ shape: Shape) throws(NetworkError) -> Shape {
    let input = try identity.featureMap(shape)
    let spatial = Array(input.dimensions[2...])
    for extent in try windowAttributes.extents(over: spatial) {
      guard extent.padBefore < (extent.kernel - 1) * extent.dilation + 1,
        extent.padAfter < (extent.kernel - 1) * extent.dilation + 1
      else { throw identity.invalid("its pads must be smaller than its window of \(extent.kernel)") }
    }
    let output = try windowAttributes.outputExtents(over: spatial, ceil: ceil)
    return try identity.checked(Shape([input[0], input[1]] + output))
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    axis <= 1 ? .first(axis: axis, of: inputs) : nil
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    [try pooled(try identity.value(inputs, 0))]
  }

  func pooled(_ value: RuntimeValue) throws(NetworkError) -> RuntimeValue {
    let spatial = Array(value.shape.dimensions[2...])
    let output = try pooledShape(value.shape)
    let extents = try windowAttributes.extents(over: spatial)
    var map = opened(value.planes(height: spatial.count > 1 ? spatial[spatial.count - 2] : 1, width: spatial.last ?? 1))
    map = pool(map, Window(extents.suffix(2)))
    if spatial.count == 3 {
      map = RuntimeValue.map(map).planes(height: spatial[0], width: map.height * map.width)
      map = pool(map, Window([extents[0], .one]))
    }
    return .planes(closed(map), shape: output)
  }
}

extension PoolOperator {
  /// Appends the pool as one kernel, over one or two dimensions of one sample.
  func emitPool(
    _ node: Node, into emission: inout Emission,
    _ call: (_ window: Window, _ input: ValueLayout, _ output: ValueLayout) -> KernelCall
  ) -> Bool {
    guard let shape = emission.shapes[node.inputs[0]], let input = emission.layout(of: node.inputs[0], as: .map),
      let output = emission.layout(of: node.outputs[0], as: .map),
      let extents = try? windowAttributes.extents(over: Array(shape.dimensions[2...])),
      let operand = emission.operand(node.inputs[0], as: .map)
    else { return false }
    emission.append(call(Window(extents), input, output), [operand], output: node.outputs[0], as: .map)
    return true
  }
}
