import Tensors

/// Passes its input on: dropping is for training. Removed by `Network.simplified()`.
struct Dropout: ReshapeOperator {
  let identity: NodeIdentity

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    // The mask, a second output, may be named but not used: the graph's validation knows only outputs that exist.
    try reader.require(inputs: 1...3, outputs: 1...2)
    identity = reader.identity
    if let trains = try reader.scalar(atInput: 2, called: "training mode"), trains != 0 {
      throw reader.invalid("is in training mode; export for inference")
    }
  }

  func target(for input: Shape) -> Shape { input }
}
