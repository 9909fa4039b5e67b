import Tensors

/// Brings all elements from `axis` on to mean 0 and variance 1, then scales and shifts each (Ba, Kiros and Hinton,
/// 2016). Inputs: data, scale, shift or none. Further outputs, where they are wanted: the means, and what the elements
/// were multiplied by.
struct LayerNormalization: Operator {
  let identity: NodeIdentity
  let axis: Int
  let epsilon: Float
  fileprivate let outputCount: Int
  private let wantsMoments: Bool

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 2...3, outputs: 1...3)
    identity = reader.identity
    axis = try reader.integer("axis", default: -1)
    epsilon = try reader.float("epsilon", default: 1e-5)
    outputCount = node.outputs.count
    wantsMoments = reader.isWanted(output: 1) || reader.isWanted(output: 2)
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    let axis = try identity.axis(self.axis, rank: input.rank)
    try identity.checkParameters(Array(inputs.dropFirst()), fit: Shape(Array(input.dimensions[axis...])), of: input)
    let moments = Shape(input.dimensions[..<axis] + [Int](repeating: 1, count: input.rank - axis))
    return Array([input, moments, moments].prefix(outputCount))
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let own = try? identity.axis(self.axis, rank: output.rank), axis < own, !wantsMoments else { return nil }
    return .first(axis: axis, of: inputs)
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let tensor = try identity.tensor(inputs, 0)
    let axis = try identity.axis(self.axis, rank: tensor.shape.rank)
    let normalized = Shape(Array(tensor.shape.dimensions[axis...]))
    let scale = try identity.tensor(inputs, 1).broadcasted(to: normalized)
    let shift = inputs.count > 2 ? inputs[2]?.asTensor.broadcasted(to: normalized) : nil
    let (result, moments) = tensor.normalized(
      runs: normalized.elementCount, epsilon: epsilon, scale: scale, shift: shift)
    guard outputCount > 1 else { return [.tensor(result)] }
    let shapes = try outputShapes(inputs.map { $0?.shape })
    let further = [moments.map(\.mean), moments.map(\.factor)]
    return [.tensor(result)]
      + zip(shapes.dropFirst(), further).map { .tensor(Tensor(shape: $0, elements: $1)) }
  }
}

extension LayerNormalization: KernelOperator {
  /// Whether it works along that axis alone and gives nothing but the result.
  func normalizesOnly(axis: Int, rank: Int) -> Bool {
    outputCount == 1 && (self.axis < 0 ? self.axis + rank : self.axis) == axis
  }

  func emit(_ node: Node, into emission: inout Emission) -> Bool {
    let (input, output) = (node.inputs[0], node.outputs[0])
    guard outputCount == 1, let shape = emission.shapes[input], let axis = try? identity.axis(axis, rank: shape.rank)
    else { return false }
    let normalized = Shape(Array(shape.dimensions[axis...]))
    var parameters: [[Float]?] = []
    for name in node.inputs.dropFirst() {
      guard !name.isEmpty else { continue }
      guard let tensor = emission.floats(name) else { return false }
      parameters.append(tensor.broadcasted(to: normalized).elements)
    }
    let shift = parameters.count > 1 ? parameters[1] : nil
    if emission.channelsLast.contains(output) {
      guard let layout = emission.layout(of: input, as: .channelsLast),
        let operand = emission.operand(input, as: .channelsLast)
      else { return false }
      emission.append(
        .normalizeChannels(scale: parameters.first ?? nil, shift: shift, epsilon: epsilon, layout), [operand],
        output: output, as: .channelsLast)
      return true
    }
    guard let operand = emission.operand(input, as: .plain) else { return false }
    let width = normalized.elementCount
    emission.append(
      .normalizeRows(
        scale: parameters.first ?? nil, shift: shift, epsilon: epsilon, rows: shape.elementCount / width, width: width),
      [operand], output: output, as: .plain)
    return true
  }
}

extension NodeIdentity {
  /// Checks that scale (and shift, where it is given) broadcast to the `normalized` part of an input.
  func checkParameters(_ parameters: [Shape?], fit normalized: Shape, of input: Shape) throws(NetworkError) {
    guard !input.dimensions.contains(0) else { throw invalid("its input \(input) is empty") }
    for (index, parameter) in parameters.enumerated() {
      guard let parameter else { continue }
      guard Tensor.broadcast(parameter, normalized) == normalized else {
        throw invalid("its parameter \(index + 1) is \(parameter); it takes \(normalized)")
      }
    }
  }
}
