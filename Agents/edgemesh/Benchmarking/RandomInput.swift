import Networks
import Tensors

/// Inputs for a network of which only the time counts.
enum RandomInput {
  static let seed: UInt64 = 1

  /// A value for every input, always the same: floats from -1 to 1, integers 0 or 1 (an index that every table has).
  static func make(for inputs: [ValueDescription]) -> [String: RuntimeValue] {
    var random = SeededGenerator(seed: seed)
    var values: [String: RuntimeValue] = [:]
    for input in inputs {
      let count = input.shape.elementCount
      switch input.elementType {
      case .float:
        let elements = (0..<count).map { _ in random.nextFloat() }
        values[input.name] = .tensor(Tensor(shape: input.shape, elements: elements))
      default:
        let elements = (0..<count).map { _ in Int(random.next() & 1) }
        values[input.name] = .integers(
          IntegerTensor(shape: input.shape, elements: elements, isBoolean: input.elementType == .boolean))
      }
    }
    return values
  }
}
