import Tensors

/// The largest element in each window; padding never wins.
struct MaxPool: PoolOperator {
  let identity: NodeIdentity
  let windowAttributes: WindowAttributes
  let ceil: Bool

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    windowAttributes = try WindowAttributes(reader)
    ceil = try reader.flag("ceil_mode")
  }

  func pool(_ map: FeatureMap, _ window: Window) -> FeatureMap { map.maxPooled(window, ceil: ceil) }
}
