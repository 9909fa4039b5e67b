import Tensors

/// Spreads channels over blocks of pixels: `[N, C, H, W]` becomes `[N, C / b^2, H * b, W * b]`. The channels of a pixel
/// stand block by block (`DCR`), or those of one block together (`CRD`, from opset 11: pixel shuffle).
struct DepthToSpace: Operator {
  enum Order: String {
    case blocksFirst = "DCR"
    case channelsFirst = "CRD"
  }

  let identity: NodeIdentity
  let block: Int
  let order: Order

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
    guard input[1] % (block * block) == 0 else {
      throw identity.invalid("blocks of \(block) x \(block) do not divide the \(input[1]) channels of \(input)")
    }
    return [
      try identity.checked([input[0], input[1] / (block * block), input[2] * block, input[3] * block])
    ]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    switch axis {
    case 0: .first(axis: 0, of: inputs)
    case 1 where order == .channelsFirst: RowRule([.group(axis: 1, rowsPerGroup: 1, inputsPerGroup: block * block)])
    case 2, 3: RowRule([.group(axis: axis, rowsPerGroup: block, inputsPerGroup: 1)], computesWholeGroups: true)
    default: nil
    }
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    let input = value.shape
    let output = try outputShapes([input])[0]
    let (blocks, channels) = ([block, block], [output[1]])
    let divided = Shape(
      [input[0]] + (order == .blocksFirst ? blocks + channels : channels + blocks) + [input[2], input[3]])
    let permutation = order == .blocksFirst ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]
    return [value.reshaped(to: divided).transposed(permutation).reshaped(to: output)]
  }
}

extension NodeReader {
  /// The edge of a block of pixels.
  func blockSize() throws(NetworkError) -> Int {
    guard let block = try integer("blocksize"), block >= 1, block <= NetworkLimits.maximumWindowExtent else {
      throw invalid("blocksize must be given, 1 or more")
    }
    return block
  }
}
