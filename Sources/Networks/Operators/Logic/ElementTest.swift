import Tensors

/// What operators share that say of each element whether it is such or not: the shape stays, truth values come out.
protocol ElementTest: Operator {
  var identity: NodeIdentity { get }
  func holds(_ x: Float) -> Bool
}

extension ElementTest {
  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] { [try identity.shape(inputs, 0)] }
  func outputTypes(_ inputs: [ElementType?]) -> [ElementType] { [.boolean] }
  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? { .first(axis: axis, of: inputs) }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let tensor = try identity.tensor(inputs, 0)
    let elements = tensor.elements.map { holds($0) ? 1 : 0 }
    return [.integers(IntegerTensor(shape: tensor.shape, elements: elements, isBoolean: true))]
  }
}
