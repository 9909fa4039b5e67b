import Tensors

/// Brings all elements from `axis` on to mean 0 and variance 1, then scales and shifts each (Ba, Kiros and Hinton,
/// 2016). Inputs: data, scale, shift or none; only the first output is computed.
struct LayerNormalization: Operator {
  let identity: NodeIdentity
  let axis: Int
  let epsilon: Float

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 2...3)
    identity = reader.identity
    axis = try reader.integer("axis", default: -1)
    epsilon = try reader.float("epsilon", default: 1e-5)
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    let axis = try identity.axis(self.axis, rank: input.rank)
    let normalized = Shape(Array(input.dimensions[axis...]))
    guard normalized.elementCount > 0 else { throw identity.invalid("its input \(input) is empty") }
    for position in 1..<Swift.max(inputs.count, 2) {
      guard position == 1 || inputs[position] != nil else { continue }
      let parameter = try identity.shape(inputs, position)
      guard Tensor.broadcast(parameter, normalized) == normalized else {
        throw identity.invalid("its parameter \(position) is \(parameter); it takes \(normalized)")
      }
    }
    return [input]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let own = try? identity.axis(self.axis, rank: output.rank), axis < own else { return nil }
    return .first(axis: axis, of: inputs)
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let tensor = try identity.tensor(inputs, 0)
    let axis = try identity.axis(self.axis, rank: tensor.shape.rank)
    let normalized = Shape(Array(tensor.shape.dimensions[axis...]))
    let size = normalized.elementCount
    let zeros = Tensor(shape: normalized)
    let scale = Tensor.combining(try self.identity.tensor(inputs, 1), zeros, .add).elements
    let shift = inputs.count > 2 ? inputs[2].map { Tensor.combining($0.asTensor, zeros, .add).elements } : nil
    var result = tensor.elements
    for start in stride(from: 0, to: result.count, by: size) {
      var sum: Float = 0
      for index in start..<start + size { sum += result[index] }
      let mean = sum / Float(size)
      var squares: Float = 0
      for index in start..<start + size {
        let difference = result[index] - mean
        squares += difference * difference
      }
      let factor = 1 / (squares / Float(size) + epsilon).squareRoot()
      for index in 0..<size {
        result[start + index] = (result[start + index] - mean) * factor * scale[index] + (shift?[index] ?? 0)
      }
    }
    return [.tensor(Tensor(shape: tensor.shape, elements: result))]
  }
}
