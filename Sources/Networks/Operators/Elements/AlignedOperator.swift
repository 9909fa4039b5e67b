import Tensors

/// What operators share that combine any number of operands element by element with ONNX's broadcasting.
protocol AlignedOperator: Operator {
  var identity: NodeIdentity { get }
}

extension AlignedOperator {
  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    var output: Shape = []
    for position in inputs.indices {
      let operand = try identity.shape(inputs, position)
      guard let wider = Tensor.broadcast(output, operand) else {
        throw identity.invalid("its operands \(output) and \(operand) do not fit together")
      }
      output = wider
    }
    return [try identity.checked(output)]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    .aligned(axis: axis, inputs: inputs, output: output)
  }
}

extension RuntimeValue {
  /// The elements at positions in row-major order, under another shape that has as many; -1 gives zero. All others lie
  /// in range.
  func rearranged(_ positions: [Int], shape: Shape) -> RuntimeValue {
    if case .integers(let tensor) = self {
      let elements = positions.map { $0 < 0 ? 0 : tensor.elements[$0] }
      return .integers(IntegerTensor(shape: shape, elements: elements, isBoolean: tensor.isBoolean))
    }
    let elements = asTensor.elements
    return .tensor(Tensor(shape: shape, elements: positions.map { $0 < 0 ? 0 : elements[$0] }))
  }

  /// The elements repeated to a larger shape.
  func broadcast(to shape: Shape) -> RuntimeValue {
    if shape == self.shape { return self }
    if case .integers(let tensor) = self {
      return .integers(
        IntegerTensor(shape: shape, elements: tensor.broadcast(to: shape), isBoolean: tensor.isBoolean))
    }
    return .tensor(asTensor.broadcasted(to: shape))
  }
}

extension NodeIdentity {
  /// The elements of a required input that holds integers or truth values.
  func integers(_ inputs: [RuntimeValue?], _ position: Int) throws(NetworkError) -> IntegerTensor {
    let value = try value(inputs, position)
    guard case .integers(let tensor) = value else {
      throw invalid("its input \(position) holds \(value.elementType), not integers")
    }
    return tensor
  }

  /// An index into `extent` places, negative ones counted from the end.
  func index(_ index: Int, of extent: Int, axis: Int) throws(NetworkError) -> Int {
    let resolved = index < 0 ? index &+ extent : index
    guard resolved >= 0, resolved < extent else {
      throw invalid("index \(index) is outside its input's \(extent) along axis \(axis)")
    }
    return resolved
  }
}
