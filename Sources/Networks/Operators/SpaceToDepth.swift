import Tensors

/// Gathers blocks of pixels into channels: `[N, C, H, W]` becomes `[N, C * b^2, H / b, W / b]`, all channels of a block's
/// first pixel first (`DCR`) or all pixels of the first channel (`CRD`, from opset 28).
struct SpaceToDepth: Operator {
  let identity: NodeIdentity
  let block: Int
  let order: DepthToSpace.Order

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    block = try reader.blockSize()
    order = try reader.choice("mode", default: .blocksFirst)
  }

  func takenTypes(at position: Int) -> Set<ElementType> { .all }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.featureMap(try identity.shape(inputs, 0), spatialRanks: 2...2)
    guard input[2] % block == 0, input[3] % block == 0 else {
      throw identity.invalid("blocks of \(block) x \(block) do not divide the pixels of \(input)")
    }
    return [[input[0], input[1] * block * block, input[2] / block, input[3] / block]]
  }

  /// With a block's pixels first, an output channel's input channel is its remainder, which no rule can say.
  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    switch axis {
    case 0: .first(axis: 0, of: inputs)
    case 1 where order == .channelsFirst:
      RowRule([.group(axis: 1, rowsPerGroup: block * block, inputsPerGroup: 1)], computesWholeGroups: true)
    case 2, 3: RowRule([.group(axis: axis, rowsPerGroup: 1, inputsPerGroup: block)])
    default: nil
    }
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    let input = value.shape
    let output = try outputShapes([input])[0]
    let divided: Shape = [input[0], input[1], output[2], block, output[3], block]
    let permutation = order == .blocksFirst ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4]
    return [value.reshaped(to: divided).transposed(permutation).reshaped(to: output)]
  }
}
