import Tensors

extension IntegerTensor {
  /// The elements in row-major order after broadcasting to `target`, which the shape fits.
  func broadcast(to target: Shape) -> [Int] {
    if shape == target { return elements }
    let strides = shape.strides
    return (0..<target.elementCount).map { flat in
      var rest = flat
      var offset = 0
      for axis in target.dimensions.indices.reversed() {
        let index = rest % target[axis]
        rest /= target[axis]
        let own = axis - (target.rank - shape.rank)
        if own >= 0, shape[own] != 1 { offset += index * strides[own] }
      }
      return elements[offset]
    }
  }

  /// The parts along `axis` at `indices`; -1 gives zeros.
  func selecting(indices: [Int], axis: Int) -> IntegerTensor {
    var output = shape
    output[axis] = indices.count
    let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    let outer = shape.dimensions[..<axis].reduce(1, *)
    var result: [Int] = []
    result.reserveCapacity(output.elementCount)
    for block in 0..<outer {
      for index in indices {
        let start = (block * shape[axis] + index) * inner
        result += index < 0 ? [Int](repeating: 0, count: inner) : Array(elements[start..<start + inner])
      }
    }
    return IntegerTensor(shape: output, elements: result, isBoolean: isBoolean)
  }

  /// The same elements under another shape with as many elements.
  func reshaped(to shape: Shape) -> IntegerTensor {
    IntegerTensor(shape: shape, elements: elements, isBoolean: isBoolean)
  }

  static func concatenating(_ tensors: [IntegerTensor], axis: Int) -> IntegerTensor {
    guard var output = tensors.first?.shape else { return IntegerTensor(shape: [0], elements: []) }
    output[axis] = tensors.reduce(0) { $0 + $1.shape[axis] }
    let outer = output.dimensions[..<axis].reduce(1, *)
    var result: [Int] = []
    result.reserveCapacity(output.elementCount)
    for block in 0..<outer {
      for tensor in tensors {
        let size = tensor.shape.dimensions[axis...].reduce(1, *)
        result += tensor.elements[block * size..<(block + 1) * size]
      }
    }
    return IntegerTensor(shape: output, elements: result, isBoolean: tensors.allSatisfy(\.isBoolean))
  }

  func transposed(_ permutation: [Int]) -> IntegerTensor {
    let output = Shape(permutation.map { shape[$0] })
    let strides = shape.strides
    let result = (0..<output.elementCount).map { flat in
      var rest = flat
      var offset = 0
      for axis in output.dimensions.indices.reversed() {
        offset += rest % output[axis] * strides[permutation[axis]]
        rest /= output[axis]
      }
      return elements[offset]
    }
    return IntegerTensor(shape: output, elements: result, isBoolean: isBoolean)
  }
}

extension Tensor {
  /// The parts along `axis` at `indices`; -1 gives zeros.
  fileprivate func selecting(orZero indices: [Int], axis: Int) -> Tensor {
    guard indices.contains(-1) else { return selecting(indices: indices, axis: axis) }
    // A zero at the end of the axis, for all the -1.
    var after = [Int](repeating: 0, count: shape.rank)
    after[axis] = 1
    let extended = padded(before: [Int](repeating: 0, count: shape.rank), after: after, value: 0)
    return extended.selecting(indices: indices.map { $0 < 0 ? shape[axis] : $0 }, axis: axis)
  }
}

extension RuntimeValue {
  /// The parts along `axis` at `indices`, in that order; -1 gives zeros.
  func selecting(_ indices: [Int], axis: Int) -> RuntimeValue {
    switch self {
    case .map(let map) where axis == 1: .map(map.selecting(rows: indices))
    case .integers(let tensor): .integers(tensor.selecting(indices: indices, axis: axis))
    case .map, .tensor: .tensor(asTensor.selecting(orZero: indices, axis: axis))
    }
  }

  func transposed(_ permutation: [Int]) -> RuntimeValue {
    if case .integers(let tensor) = self { return .integers(tensor.transposed(permutation)) }
    return .tensor(asTensor.transposed(permutation))
  }

  /// The same elements under another shape with as many elements.
  func reshaped(to shape: Shape) -> RuntimeValue {
    if shape == self.shape { return self }
    if case .integers(let tensor) = self { return .integers(tensor.reshaped(to: shape)) }
    return .tensor(asTensor.reshaped(to: shape))
  }
}
