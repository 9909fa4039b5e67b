import Tensors

extension Network {
  /// Writes activations that an exporter took to pieces, a value times a gate of the same value, as the one operator that
  /// each is: Swish, HardSwish, Gelu. They can then be a part of the layer before them.
  mutating func fuseGates() throws(NetworkError) {
    guard nodes.contains(where: { ["Sigmoid", "HardSigmoid", "Clip", "Erf"].contains($0.operatorType) }) else { return }
    let finder = GateFinder(try makeOperators(), of: self)
    for index in nodes.indices {
      guard let found = finder.gate(endingAt: index) else { continue }
      // What led there goes when nothing else needs it.
      nodes[index] = Node(
        name: nodes[index].name, operatorType: found.operatorType, inputs: [found.input], outputs: nodes[index].outputs)
    }
  }
}

/// Recognises a product of a value, a gate of it and numbers, in whatever order it was multiplied.
private struct GateFinder {
  private struct Product {
    var number: Float
    var factors: [String]
  }

  private let network: Network
  private let operators: [any Operator]
  private var makers: [String: Int] = [:]

  /// Products are followed through so many nodes: x * 0.5 * (1 + erf(...)) has two.
  private static let depth = 3

  init(_ operators: [any Operator], of network: Network) {
    self.network = network
    self.operators = operators
    for (index, node) in network.nodes.enumerated() {
      for output in node.outputs where !output.isEmpty { makers[output] = index }
    }
  }

  func gate(endingAt index: Int) -> (operatorType: String, input: String)? {
    for product in products(of: index, depth: Self.depth) where product.factors.count == 2 {
      for (x, gate) in [(product.factors[0], product.factors[1]), (product.factors[1], product.factors[0])] {
        if let type = type(of: gate, of: x, number: product.number) { return (type, x) }
      }
    }
    return nil
  }

  /// The ways to see what a node makes as a number times at most two values.
  private func products(of index: Int, depth: Int) -> [Product] {
    let node = network.nodes[index]
    guard depth > 0, node.inputs.count == 2 else { return [] }
    if operators[index] is Div, let divisor = number(node.inputs[1]), divisor != 0 {
      return products(of: node.inputs[0], depth: depth).map {
        Product(number: $0.number / divisor, factors: $0.factors)
      }
    }
    guard operators[index] is Mul else { return [] }
    for (constant, other) in [(0, 1), (1, 0)] {
      guard let factor = number(node.inputs[constant]) else { continue }
      return products(of: node.inputs[other], depth: depth)
        .map { Product(number: $0.number * factor, factors: $0.factors) }
    }
    var found: [Product] = []
    for a in products(of: node.inputs[0], depth: depth) {
      for b in products(of: node.inputs[1], depth: depth) where a.factors.count + b.factors.count <= 2 {
        found.append(Product(number: a.number * b.number, factors: a.factors + b.factors))
      }
    }
    return found
  }

  /// The same of a value, which may also stand for itself.
  private func products(of value: String, depth: Int) -> [Product] {
    [Product(number: 1, factors: [value])] + (makers[value].map { products(of: $0, depth: depth - 1) } ?? [])
  }

  /// The operator that `number * x * gate` is.
  private func type(of gate: String, of x: String, number: Float) -> String? {
    guard let maker = makers[gate] else { return nil }
    let node = network.nodes[maker]
    switch operators[maker] {
    case is Sigmoid: return node.inputs[0] == x && number == 1 ? "Swish" : nil
    case let gate as HardSigmoid:
      return node.inputs[0] == x && number == 1 && isAbout(gate.alpha, 1 / 6) && gate.beta == 0.5 ? "HardSwish" : nil
    case let clip as Clip:
      guard clip.minimum == 0, clip.maximum == 6, isAbout(number, 1 / 6), let shifted = plus(3, node.inputs[0]) else {
        return nil
      }
      return shifted == x ? "HardSwish" : nil
    case is Add:
      guard isAbout(number, 0.5), let shifted = plus(1, gate), let erf = makers[shifted], operators[erf] is Erf,
        products(of: network.nodes[erf].inputs[0], depth: 2).contains(where: {
          $0.factors == [x] && isAbout($0.number, 0.707_106_77)
        })
      else { return nil }
      return "Gelu"
    default: return nil
    }
  }

  /// The other operand of an Add with that number.
  private func plus(_ number: Float, _ sum: String) -> String? {
    guard let maker = makers[sum], operators[maker] is Add else { return nil }
    let operands = network.nodes[maker].inputs
    if self.number(operands[1]) == number { return operands[0] }
    return self.number(operands[0]) == number ? operands[1] : nil
  }

  /// Exporters round such numbers in their own ways.
  private func isAbout(_ a: Float, _ b: Float) -> Bool { abs(a - b) <= 1e-5 * b }

  /// A constant that is one number and changes no shape.
  private func number(_ name: String) -> Float? {
    guard case .float(let tensor) = network.constants[name], tensor.count == 1, tensor.shape.rank <= 1 else {
      return nil
    }
    return tensor[0]
  }
}
