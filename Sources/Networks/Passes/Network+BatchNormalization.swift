import Tensors

extension Network {
  /// Folds a batch normalisation into the Conv, ConvTranspose or Gemm before it, where it is its only consumer: the weights of each
  /// output channel are scaled, the shift goes into the bias.
  mutating func foldBatchNormalizations() throws(NetworkError) {
    let uses = useCounts()
    var taken = Set(constants.keys).union(inputs.map(\.name)).union(nodes.flatMap(\.outputs))
    func fresh(_ name: String) -> String {
      var name = name
      while !taken.insert(name).inserted { name += "'" }
      return name
    }
    var makers: [String: Int] = [:]
    var removed: Set<Int> = []
    for index in nodes.indices {
      for output in nodes[index].outputs { makers[output] = index }
      guard nodes[index].operatorType == "BatchNormalization", let data = nodes[index].inputs.first,
        uses[data] == 1, let maker = makers[data]
      else { continue }
      guard let normalization = try makeOperator(for: nodes[index]) as? BatchNormalization,
        let parameters = floats(nodes[index].inputs[1...4]),
        let folded = try folding(
          normalization.affine(
            scale: parameters[0], shift: parameters[1], mean: parameters[2], variance: parameters[3]),
          into: nodes[maker])
      else { continue }
      var node = nodes[maker]
      // Other nodes may share the constants: the folded ones get names of their own, after the normalised value.
      let output = nodes[index].outputs[0]
      let names = [fresh(output + ".weights"), fresh(output + ".bias")]
      constants[names[0]] = .float(folded.weights)
      constants[names[1]] = .float(folded.bias)
      for name in node.inputs.dropFirst() where uses[name] == 1 { constants[name] = nil }
      node.inputs = [node.inputs[0], names[0], names[1]]
      node.outputs = [output]
      nodes[maker] = node
      makers[output] = maker
      removed.insert(index)
    }
    nodes = nodes.indices.filter { !removed.contains($0) }.map { nodes[$0] }
  }

  private func floats(_ names: some Sequence<String>) -> [Tensor]? {
    var tensors: [Tensor] = []
    for name in names {
      guard case .float(let tensor) = constants[name] else { return nil }
      tensors.append(tensor)
    }
    return tensors
  }

  /// Weights and bias of `node` with the normalisation in them; nil where the node has no constant ones to scale.
  private func folding(
    _ affine: (scale: [Float], shift: [Float]), into node: Node
  ) throws(NetworkError) -> (weights: Tensor, bias: Tensor)? {
    guard node.inputs.count >= 2, case .float(let weights) = constants[node.inputs[1]] else { return nil }
    let rows = affine.scale.count
    var bias = [Float](repeating: 0, count: rows)
    var rowAxis = 0
    if let gemm = try makeOperator(for: node) as? Gemm {
      // alpha and beta would apply to what is folded in, too.
      guard gemm.alpha == 1, gemm.beta == 1 else { return nil }
      rowAxis = gemm.transposesB ? 0 : 1
    } else if let conv = try makeOperator(for: node) as? ConvTranspose {
      // In groups, an output channel is no index of the weights.
      guard conv.group == 1 else { return nil }
      rowAxis = 1
    } else if node.operatorType != "Conv" {
      return nil
    }
    guard weights.shape.rank > rowAxis, weights.shape[rowAxis] == rows else { return nil }
    if node.inputs.count > 2, !node.inputs[2].isEmpty {
      guard case .float(let given) = constants[node.inputs[2]], given.shape == [rows] else { return nil }
      bias = given.elements
    }
    var perRow = Shape([Int](repeating: 1, count: weights.shape.rank))
    perRow[rowAxis] = rows
    let scaled = Tensor.combining(weights, Tensor(shape: perRow, elements: affine.scale), .multiply)
    let shifted = zip(bias, zip(affine.scale, affine.shift)).map { $0 * $1.0 + $1.1 }
    return (scaled, Tensor(shape: [rows], elements: shifted))
  }
}
