import Tensors

extension Network {
  /// Writes each Split as one Slice an output: those have rows of their own.
  mutating func replaceSplits() throws(NetworkError) {
    guard nodes.contains(where: { $0.operatorType == "Split" }) else { return }
    let operators = try makeOperators()
    let shapes = try inferredShapes(with: operators)
    var taken = Set(nodes.map(\.name))
    var result: [Node] = []
    for (node, operation) in zip(nodes, operators) {
      guard let split = operation as? Split, let source = node.inputs.first, let input = shapes[source] else {
        result.append(node)
        continue
      }
      let (axis, ranges) = try split.ranges(of: input)
      taken.remove(node.name)
      for (index, (output, range)) in zip(node.outputs, ranges).enumerated() where !output.isEmpty {
        var name = "\(node.name).\(index)"
        while !taken.insert(name).inserted { name += "'" }
        result.append(
          Node(
            name: name, operatorType: "Slice", inputs: [source], outputs: [output],
            attributes: [
              "starts": .integers([range.lowerBound]), "ends": .integers([range.upperBound]), "axes": .integers([axis]),
            ]))
      }
    }
    nodes = result
  }
}
