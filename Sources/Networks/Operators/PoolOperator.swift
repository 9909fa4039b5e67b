import Tensors

/// What window pools share. Data is `[1, C, (H,) W]`; a row is a channel.
protocol PoolOperator: Operator {
  var identity: NodeIdentity { get }
  var windowAttributes: WindowAttributes { get }
  var ceil: Bool { get }
  func pool(_ map: FeatureMap, _ window: Window) -> FeatureMap
}

extension PoolOperator {
  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.featureMap(try identity.shape(inputs, 0))
    let spatial = Array(input.dimensions[2...])
    for extent in try windowAttributes.extents(over: spatial) {
      guard extent.padBefore < (extent.kernel - 1) * extent.dilation + 1,
        extent.padAfter < (extent.kernel - 1) * extent.dilation + 1
      else { throw identity.invalid("its pads must be smaller than its window of \(extent.kernel)") }
    }
    let output = try windowAttributes.outputExtents(over: spatial, ceil: ceil)
    return [try identity.checked(Shape([1, input[1]] + output))]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    axis == 1 ? .first(axis: 1, of: inputs) : nil
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    let window = try windowAttributes.window(over: Array(value.shape.dimensions[2...]))
    return [.value(pool(try identity.map(inputs, 0), window), shapedLike: value.shape)]
  }
}
