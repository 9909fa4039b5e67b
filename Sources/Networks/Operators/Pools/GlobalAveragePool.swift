import Tensors

/// The mean of each channel: `[N, C, ...]` becomes `[N, C, 1...]`.
struct GlobalAveragePool: GlobalPoolOperator {
  let identity: NodeIdentity

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
  }

  func pool(_ map: FeatureMap) -> FeatureMap { map.globalAveragePooled() }
}
