import Tensors

/// The largest element in each window; padding never wins. The second output, where it is wanted, says where in the
/// whole input each was found.
struct MaxPool: PoolOperator {
  let identity: NodeIdentity
  let windowAttributes: WindowAttributes
  let ceil: Bool
  let wantsIndices: Bool
  /// Indices count the spatial dimensions first to last (column-major) instead of last to first.
  let countsColumnsFirst: Bool

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1, outputs: 1...2)
    identity = reader.identity
    windowAttributes = try WindowAttributes(reader)
    ceil = try reader.flag("ceil_mode")
    wantsIndices = reader.isWanted(output: 1)
    countsColumnsFirst = try reader.flag("storage_order")
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let output = try pooledShape(try identity.shape(inputs, 0))
    return wantsIndices ? [output, output] : [output]
  }

  func takenTypes(at position: Int) -> Set<ElementType> { .numbers }

  func outputTypes(_ inputs: [ElementType?]) -> [ElementType] { [(inputs.first ?? nil) ?? .float, .integer] }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    axis <= 1 && !wantsIndices ? .first(axis: axis, of: inputs) : nil
  }

  func pool(_ map: FeatureMap, _ window: Window) -> FeatureMap { map.maxPooled(window, ceil: ceil) }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    var pooled = try pooled(value)
    if case .integers(let tensor) = value {
      // What single precision holds exactly: int8 and uint8, which the operator takes, do not reach so far.
      guard tensor.elements.allSatisfy({ $0 >= -(1 << 24) && $0 <= 1 << 24 }) else {
        throw identity.invalid("takes integers up to 2^24 either way; put a Cast before it")
      }
      pooled = .integers(
        IntegerTensor(shape: pooled.shape, elements: pooled.asTensor.elements.map { Int($0) }))
    }
    return wantsIndices ? [pooled, .integers(try indices(in: value.asTensor))] : [pooled]
  }

  /// Where the largest element of each window lies (the first of several), counted through all of the input.
  private func indices(in tensor: Tensor) throws(NetworkError) -> IntegerTensor {
    let shape = tensor.shape
    let spatial = Array(shape.dimensions[2...])
    let extents = try windowAttributes.extents(over: spatial)
    let output = try pooledShape(shape)
    let elements = tensor.elements
    // Three spatial dimensions, the first ones of extent 1.
    let missing = 3 - spatial.count
    let input = [Int](repeating: 1, count: missing) + spatial
    let windows = [WindowAttributes.Extent](repeating: .one, count: missing) + extents
    let places = [Int](repeating: 1, count: missing) + Array(output.dimensions[2...])
    // Positions inside the input, by dimension and place.
    let positions = (0..<3).map { d in (0..<places[d]).lazy.map { windows[d].positions(at: $0, in: input[d]) } }
    let steps = countsColumnsFirst ? [1, input[0], input[0] * input[1]] : [input[1] * input[2], input[2], 1]
    let volume = input[0] * input[1] * input[2]
    var result: [Int] = []
    result.reserveCapacity(output.elementCount)
    for plane in 0..<shape[0] * shape[1] {
      for zs in positions[0] {
        for ys in positions[1] {
          for xs in positions[2] {
            var best = -Float.infinity
            var index: Int?
            for z in zs {
              for y in ys {
                for x in xs {
                  let element = elements[((plane * input[0] + z) * input[1] + y) * input[2] + x]
                  guard index == nil || element > best else { continue }
                  best = element
                  index = plane * volume + z * steps[0] + y * steps[1] + x * steps[2]
                }
              }
            }
            result.append(index ?? 0)
          }
        }
      }
    }
    return IntegerTensor(shape: output, elements: result)
  }
}

extension MaxPool: KernelOperator {
  func emit(_ node: Node, into emission: inout Emission) -> Bool {
    !wantsIndices
      && emitPool(node, into: &emission) { window, input, output in .maxPool(window, input: input, output: output) }
  }
}

extension WindowAttributes.Extent {
  /// The input positions under the window at its place number `index`.
  func positions(at index: Int, in input: Int) -> StrideTo<Int> {
    let start = index * stride - padBefore
    // The first tap that is not in the padding; the last is bounded by the input.
    let first = start < 0 ? start + (-start + dilation - 1) / dilation * dilation : start
    return Swift.stride(from: first, to: Swift.min(input, start + (kernel - 1) * dilation + 1), by: dilation)
  }
}
