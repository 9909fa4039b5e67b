import Glibc
import Tensors

/// Element-wise power; of integers, without a fraction.
struct Pow: BinaryOperator {
  let identity: NodeIdentity

  static func combine(_ a: Float, _ b: Float) -> Float { b == 2 ? a * a : powf(a, b) }

  static func combine(_ a: Int, _ b: Int) -> Int? {
    if b < 0 {
      // 1 / a^|b| without its fraction.
      guard a != 0 else { return nil }
      return a == 1 ? 1 : a == -1 ? (b & 1 == 0 ? 1 : -1) : 0
    }
    var (result, square, rest) = (1, a, b)
    while rest > 0 {
      if rest & 1 == 1 { result = result &* square }
      square = square &* square
      rest >>= 1
    }
    return result
  }

  /// The exponent's type is its own.
  func outputTypes(_ inputs: [ElementType?]) -> [ElementType] { .like(inputs) }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let result = try combined(inputs)
    if case .integers = try identity.value(inputs, 0) {
      return result.map { .integers($0.asIntegers(as: .int64)) }
    }
    return result
  }
}
