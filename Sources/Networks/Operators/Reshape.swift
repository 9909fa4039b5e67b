import Tensors

/// The same elements under the shape given by its second input (in a cut node, by the attribute `shape`): 0 takes the
/// input's dimension (unless `allowzero`), one -1 takes what is left.
struct Reshape: ReshapeOperator {
  let identity: NodeIdentity
  let shape: [Int]
  let allowsZero: Bool

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...2)
    identity = reader.identity
    guard let shape = try reader.integers("shape", orInput: 1) else { throw reader.invalid("its shape is not given") }
    guard shape.allSatisfy({ $0 >= -1 }), shape.filter({ $0 == -1 }).count <= 1 else {
      throw reader.invalid("its shape is \(shape)")
    }
    self.shape = shape
    allowsZero = try reader.flag("allowzero")
  }

  func target(for input: Shape) throws(NetworkError) -> Shape {
    var dimensions = shape
    if !allowsZero {
      for (index, extent) in shape.enumerated() where extent == 0 {
        guard index < input.rank else { throw identity.invalid("its shape \(shape) copies a dimension \(input) lacks") }
        dimensions[index] = input[index]
      }
    }
    if let free = dimensions.firstIndex(of: -1) {
      dimensions[free] = 1
      let known = cappedProduct(dimensions)
      guard known > 0, input.elementCount % known == 0 else {
        throw identity.invalid("an input of \(input) cannot take the shape \(shape)")
      }
      dimensions[free] = input.elementCount / known
    }
    return Shape(dimensions)
  }

  func node(_ node: Node, computing rows: [Int], axis: Int, inputs: [Shape?]) -> Node {
    guard let input = inputs.first ?? nil, var target = try? target(for: input), axis < target.rank else { return node }
    target[axis] = rows.count
    var cut = node
    cut.inputs = node.inputs.indices.map { $0 == 0 ? node.inputs[0] : "" }
    cut.attributes["shape"] = .integers(target.dimensions)
    return cut
  }
}
