import Tensors

/// What scattered updates do to the elements that they meet.
enum ScatterReduction: String {
  case none
  case add
  case mul
  case max
  case min

  init(_ reader: NodeReader) throws(NetworkError) {
    let name = try reader.string("reduction", default: "none")
    guard let reduction = ScatterReduction(rawValue: name) else {
      throw reader.invalid("reduction is '\(name)'; it takes none, add, mul, max or min")
    }
    self = reduction
  }

  /// The data with update number i put to position i of `positions`, one after the other. Positions lie in range; data
  /// and updates have one type.
  func scattered(_ updates: RuntimeValue, into data: RuntimeValue, at positions: [Int]) -> RuntimeValue {
    if case .integers(var tensor) = data, case .integers(let updates) = updates {
      for (position, update) in zip(positions, updates.elements) {
        tensor.elements[position] = combine(tensor.elements[position], update)
      }
      // A sum of truth values is one, too.
      if tensor.isBoolean { tensor.elements = tensor.elements.map { $0 == 0 ? 0 : 1 } }
      return .integers(tensor)
    }
    var elements = data.asTensor.elements
    for (position, update) in zip(positions, updates.asTensor.elements) {
      elements[position] = combine(elements[position], update)
    }
    return .tensor(Tensor(shape: data.shape, elements: elements))
  }

  private func combine(_ old: Int, _ new: Int) -> Int {
    switch self {
    case .none: new
    case .add: old &+ new
    case .mul: old &* new
    case .max: Swift.max(old, new)
    case .min: Swift.min(old, new)
    }
  }

  private func combine(_ old: Float, _ new: Float) -> Float {
    switch self {
    case .none: new
    case .add: old + new
    case .mul: old * new
    case .max: Max.combine(old, new)
    case .min: Min.combine(old, new)
    }
  }
}
