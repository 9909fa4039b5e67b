import Tensors

/// The p-norm of each window.
struct LpPool: PoolOperator {
  let identity: NodeIdentity
  let windowAttributes: WindowAttributes
  let ceil: Bool
  let norm: Norm

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    windowAttributes = try WindowAttributes(reader)
    ceil = try reader.flag("ceil_mode")
    norm = try Norm(reader)
  }

  func opened(_ map: FeatureMap) -> FeatureMap { map.mapElements(norm.power) }

  func pool(_ map: FeatureMap, _ window: Window) -> FeatureMap { map.sumPooled(window, ceil: ceil) }

  func closed(_ map: FeatureMap) -> FeatureMap { map.mapElements(norm.root) }
}
