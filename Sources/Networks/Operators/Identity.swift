import Tensors

/// Passes its input on. Removed by `Network.simplified()`.
struct Identity: ReshapeOperator {
  let identity: NodeIdentity

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
  }

  func target(for input: Shape) -> Shape { input }
}
