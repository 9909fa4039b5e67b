import Tensors

/// e^x over the sum of e^x along an axis.
struct Softmax: SoftmaxOperator {
  let identity: NodeIdentity
  let axis: Int
  let flattens: Bool

  static func apply(to tensor: Tensor, axis: Int) -> Tensor { tensor.softmax(axis: axis) }
}

extension Softmax: KernelOperator {
  func emit(_ node: Node, into emission: inout Emission) -> Bool {
    guard let shape = emission.shapes[node.inputs[0]], let axis = try? identity.axis(axis, rank: shape.rank),
      flattens || axis == shape.rank - 1, let operand = emission.operand(node.inputs[0], as: .plain)
    else { return false }
    let width = shape.dimensions[axis...].reduce(1, *)
    emission.append(
      .softmax(rows: shape.elementCount / width, width: width), [operand], output: node.outputs[0], as: .plain)
    return true
  }
}
