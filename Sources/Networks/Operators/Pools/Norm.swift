import Glibc

/// The p-norm, which pools and normalisations take: (sum of |x|^p)^(1/p).
struct Norm: Sendable {
  let p: Int

  init(_ reader: NodeReader) throws(NetworkError) {
    p = try reader.integer("p", default: 2)
    guard p >= 1 else { throw reader.invalid("p is \(p); it must be 1 or more") }
  }

  /// |x|^p
  func power(_ x: Float) -> Float {
    switch p {
    case 1: abs(x)
    case 2: x * x
    default: powf(abs(x), Float(p))
    }
  }

  /// x^(1/p)
  func root(_ x: Float) -> Float {
    switch p {
    case 1: x
    case 2: x.squareRoot()
    default: powf(x, 1 / Float(p))
    }
  }
}
