import Glibc
import Tensors

/// Element-wise power.
struct Pow: BinaryOperator {
  let identity: NodeIdentity

  static func combine(_ a: Float, _ b: Float) -> Float { b == 2 ? a * a : powf(a, b) }

  static func combine(_ a: Int, _ b: Int) -> Int? {
    guard b >= 0, b < 64 else { return nil }
    var result = 1
    for _ in 0..<b {
      let (product, overflow) = result.multipliedReportingOverflow(by: a)
      if overflow { return nil }
      result = product
    }
    return result
  }
}
