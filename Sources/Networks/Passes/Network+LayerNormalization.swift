import Tensors

extension Network {
  /// Writes layer normalisation that an exporter took to pieces (means, differences, squares, a root, a quotient, then
  /// perhaps a scale and a shift) as the one operator that it is: computed in two passes instead of nine, and rows along
  /// the other axes stay rows. Over the channels of a map it is put between two transpositions.
  mutating func fuseLayerNormalizations() throws(NetworkError) {
    guard nodes.contains(where: { $0.operatorType == "Div" }) else { return }
    var finder = NormalizationFinder(try makeOperators(), of: self)
    finder.shapes = try inferredShapes(with: finder.operators)
    var names = Set(constants.keys).union(inputs.map(\.name)).union(nodes.flatMap(\.outputs)).union(nodes.map(\.name))
    func fresh(_ name: String) -> String {
      var name = name
      while !names.insert(name).inserted { name += "'" }
      return name
    }
    // By the node in whose place they stand: the last that each replaces.
    var fused: [Int: [Node]] = [:]
    for index in nodes.indices {
      guard let found = finder.normalization(endingAt: index) else { continue }
      let output = nodes[found.last].outputs[0]
      let scale = fresh(output + ".scale")
      constants[scale] = .float(found.scale)
      var node = Node(
        name: nodes[found.last].name, operatorType: "LayerNormalization", inputs: [found.input, scale],
        outputs: [output],
        attributes: ["axis": .integer(-found.scale.shape.rank), "epsilon": .float(found.epsilon)])
      if let shift = found.shift {
        node.inputs.append(fresh(output + ".shift"))
        constants[node.inputs[2]] = .float(shift)
      }
      guard let last = found.axesLast else {
        fused[found.last] = [node]
        continue
      }
      let (before, after) = (fresh(output + ".last"), fresh(output + ".normalized"))
      node.inputs[0] = before
      node.outputs = [after]
      fused[found.last] = [
        Node(
          name: fresh(node.name + ".last"), operatorType: "Transpose", inputs: [found.input], outputs: [before],
          attributes: ["perm": .integers(last)]),
        node,
        Node(
          name: fresh(node.name + ".back"), operatorType: "Transpose", inputs: [after], outputs: [output],
          attributes: ["perm": .integers(last.indices.map { last.firstIndex(of: $0) ?? 0 })]),
      ]
    }
    // What led there goes when nothing else needs it.
    nodes = nodes.indices.flatMap { fused[$0] ?? [nodes[$0]] }
  }
}

/// Recognises the pieces.
private struct NormalizationFinder {
  struct Found {
    var input: String
    /// The axes of the scale are those that are normalised.
    var scale: Tensor
    var shift: Tensor?
    var epsilon: Float
    /// The node that makes the result.
    var last: Int
    /// All axes with the normalised one last, where it is not last as it is.
    var axesLast: [Int]?
  }

  let network: Network
  let operators: [any Operator]
  var shapes: [String: Shape] = [:]
  private var makers: [String: Int] = [:]
  private var soleConsumers: [String: Int] = [:]

  init(_ operators: [any Operator], of network: Network) {
    self.network = network
    self.operators = operators
    let uses = network.useCounts()
    for (index, node) in network.nodes.enumerated() {
      for output in node.outputs where !output.isEmpty { makers[output] = index }
      for input in node.inputs where uses[input] == 1 { soleConsumers[input] = index }
    }
    for output in network.outputs { soleConsumers[output.name] = nil }
  }

  /// The normalisation whose quotient node number `index` computes.
  func normalization(endingAt index: Int) -> Found? {
    guard operators[index] is Div else { return nil }
    let quotient = network.nodes[index]
    guard let (input, axes) = centred(quotient.inputs[0]), let shape = shapes[input],
      let (variance, epsilon) = rootOfSum(quotient.inputs[1]), isVariance(variance, of: input, axes)
    else { return nil }
    var axesLast: [Int]?
    if axes != Array(shape.rank - axes.count..<shape.rank) {
      guard axes == [1], shape.rank > 2 else { return nil }
      axesLast = [0] + Array(2..<shape.rank) + [1]
    }
    let normalized = Shape(axes.map { shape[$0] })
    var found = Found(
      input: input, scale: Tensor(shape: normalized, repeating: 1), epsilon: epsilon, last: index, axesLast: axesLast)
    if let (node, scale) = constantOperand(after: index, as: Mul.self, axes, of: shape) {
      found.scale = scale
      found.last = node
    }
    if let (node, shift) = constantOperand(after: found.last, as: Add.self, axes, of: shape) {
      found.shift = shift
      found.last = node
    }
    return found
  }

  /// The input and the axes of `value` = input - its mean over the axes.
  private func centred(_ value: String) -> (input: String, axes: [Int])? {
    guard let maker = makers[value], operators[maker] is Sub else { return nil }
    let operands = network.nodes[maker].inputs
    guard let (input, axes) = mean(operands[1]), input == operands[0] else { return nil }
    return (input, axes)
  }

  private func mean(_ value: String) -> (input: String, axes: [Int])? {
    guard let maker = makers[value], let mean = operators[maker] as? ReduceMean, mean.reduced.keepsDimensions,
      let input = network.nodes[maker].inputs.first, let shape = shapes[input],
      let axes = try? mean.reduced.axes(of: shape), !axes.isEmpty
    else { return nil }
    return (input, axes)
  }

  /// The value and the number of `root` = sqrt(value + number).
  private func rootOfSum(_ root: String) -> (value: String, number: Float)? {
    guard let maker = makers[root] else { return nil }
    let node = network.nodes[maker]
    let isRoot = operators[maker] is Sqrt || (operators[maker] is Pow && number(node.inputs[1]) == 0.5)
    guard isRoot, let sum = makers[node.inputs[0]], operators[sum] is Add else { return nil }
    let operands = network.nodes[sum].inputs
    if let number = number(operands[1]) { return (operands[0], number) }
    return number(operands[0]).map { (operands[1], $0) }
  }

  /// Whether `value` is the mean over the axes of the squares of what `input` is off its mean.
  private func isVariance(_ value: String, of input: String, _ axes: [Int]) -> Bool {
    guard let (squares, own) = mean(value), own == axes, let maker = makers[squares] else { return false }
    let operands = network.nodes[maker].inputs
    let isSquare =
      operators[maker] is Pow && number(operands[1]) == 2
      || operators[maker] is Mul && operands[0] == operands[1]
    guard isSquare, let base = centred(operands[0]) else { return false }
    return base.input == input && base.axes == axes
  }

  /// The one node that uses the output of node `index`, where it is of this type and its other operand is constant and
  /// differs along the axes alone; and that constant, broadcast to the axes.
  private func constantOperand(
    after index: Int, as type: (some Operator).Type, _ axes: [Int], of shape: Shape
  ) -> (node: Int, Tensor)? {
    let output = network.nodes[index].outputs[0]
    guard let next = soleConsumers[output], Swift.type(of: operators[next]) == type else { return nil }
    let operands = network.nodes[next].inputs
    guard case .float(let constant) = network.constants[operands[0] == output ? operands[1] : operands[0]],
      constant.shape.rank <= shape.rank
    else { return nil }
    let padded = [Int](repeating: 1, count: shape.rank - constant.shape.rank) + constant.shape.dimensions
    guard padded.indices.allSatisfy({ padded[$0] == 1 || axes.contains($0) && padded[$0] == shape[$0] }) else {
      return nil
    }
    let own = constant.reshaped(to: Shape(axes.map { padded[$0] }))
    return (next, own.broadcasted(to: Shape(axes.map { shape[$0] })))
  }

  /// A constant that is one number.
  private func number(_ name: String) -> Float? {
    guard let constant = network.constants[name], constant.shape.elementCount == 1 else { return nil }
    return RuntimeValue(constant).asTensor[0]
  }
}
