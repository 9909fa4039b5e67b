import Tensors

/// The mean of each window, of its elements inside the input or, with `count_include_pad`, of the padding's zeros too.
struct AveragePool: PoolOperator {
  let identity: NodeIdentity
  let windowAttributes: WindowAttributes
  let ceil: Bool
  let countsPadding: Bool

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    windowAttributes = try WindowAttributes(reader)
    ceil = try reader.flag("ceil_mode")
    countsPadding = try reader.flag("count_include_pad")
  }

  func pool(_ map: FeatureMap, _ window: Window) -> FeatureMap {
    map.averagePooled(window, ceil: ceil, countsPadding: countsPadding)
  }
}

extension AveragePool: KernelOperator {
  func emit(_ node: Node, into emission: inout Emission) -> Bool {
    emitPool(node, into: &emission) { window, input, output in
      .averagePool(window, countsPadding: countsPadding, input: input, output: output)
    }
  }
}
