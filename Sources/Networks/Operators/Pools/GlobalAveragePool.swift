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

extension GlobalAveragePool: KernelOperator {
  func emit(_ node: Node, into emission: inout Emission) -> Bool {
    guard let layout = emission.layout(of: node.inputs[0], as: .map),
      let operand = emission.operand(node.inputs[0], as: .map)
    else { return false }
    emission.append(.averageGlobally(layout), [operand], output: node.outputs[0], as: .map)
    return true
  }
}
