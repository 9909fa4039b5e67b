import Tensors

extension Network {
  /// The same network with less to do: constants folded, Dropout and Identity removed, Split written as Slices, layer
  /// normalisation and activations in pieces put together, batch normalisation folded into the convolution or Gemm before it, nothing left
  /// that no output needs. The graph is validated between the passes, and the outputs' shapes and types are inferred
  /// anew.
  ///
  /// - Parameter forTraining: keeps Dropout and batch normalisation, which training treats otherwise than running does.
  public func simplified(forTraining: Bool = false) throws(NetworkError) -> Network {
    var network = try validated()
    // Name every missing operator before anything else is wrong with one.
    try network.checkOperatorsExist()
    network.removeIdentities(keepingDropout: forTraining)
    network = try network.validated()
    try network.foldConstants()
    network = try network.validated()
    try network.replaceSplits()
    network = try network.validated()
    try network.fuseLayerNormalizations()
    network = try network.validated()
    try network.fuseGates()
    network = try network.validated()
    if !forTraining {
      try network.foldBatchNormalizations()
      network = try network.validated()
    }
    network.removeUnused()
    network = try network.validated()
    let operators = try network.makeOperators()
    let shapes = try network.inferredShapes(with: operators)
    let types = try network.inferredTypes(with: operators)
    for index in network.outputs.indices {
      network.outputs[index].shape = shapes[network.outputs[index].name] ?? network.outputs[index].shape
      network.outputs[index].elementType = types[network.outputs[index].name] ?? .float
    }
    return network
  }

  private func checkOperatorsExist() throws(NetworkError) {
    let unknown = nodes.filter { !OperatorLibrary.contains($0.operatorType) }
    guard unknown.isEmpty else { throw .unsupportedOperators(unknown.map(described)) }
  }

  /// How often each value is used, by nodes and as an output.
  func useCounts() -> [String: Int] {
    var counts: [String: Int] = [:]
    for node in nodes { for input in node.inputs where !input.isEmpty { counts[input, default: 0] += 1 } }
    for output in outputs { counts[output.name, default: 0] += 1 }
    return counts
  }

  /// Removes nodes whose values nothing needs, and constants that nothing uses; takes the names off further outputs that
  /// nothing needs, so that the node need not compute them.
  mutating func removeUnused() {
    var needed = Set(outputs.map(\.name))
    var kept: [Node] = []
    for var node in nodes.reversed() where node.outputs.contains(where: needed.contains) {
      for position in node.outputs.indices.dropFirst() where !needed.contains(node.outputs[position]) {
        node.outputs[position] = ""
      }
      kept.append(node)
      needed.formUnion(node.inputs)
    }
    nodes = kept.reversed()
    constants = constants.filter { needed.contains($0.key) }
  }
}
