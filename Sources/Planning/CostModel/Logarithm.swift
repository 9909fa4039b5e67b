/// Logarithms from additions, multiplications and divisions alone: the same bits on every machine, which a library's
/// are not. Good to some 1e-15.
enum Logarithm {
  private static let naturalOfTwo = 0.693_147_180_559_945_3

  /// Of a positive finite number, to base 2.
  static func base2(_ x: Double) -> Double {
    var significand = x.significand
    var exponent = Double(x.exponent)
    if significand > 1.414_213_562_373_095 {
      significand /= 2
      exponent += 1
    }
    // ln m = 2 atanh((m - 1) / (m + 1)), of which each term is less than a thirty-third of the one before it.
    let s = (significand - 1) / (significand + 1)
    let square = s * s
    var sum = 0.0
    for power in stride(from: 21, through: 1, by: -2) { sum = sum * square + 1 / Double(power) }
    return exponent + 2 * s * sum / naturalOfTwo
  }

  /// 2 to the power of `y`, which lies between -1000 and 1000.
  static func power(_ y: Double) -> Double {
    let whole = y.rounded()
    let z = (y - whole) * naturalOfTwo
    var sum = 1.0
    for divisor in stride(from: 16, through: 1, by: -1) { sum = 1 + sum * z / Double(divisor) }
    return sum * Double(sign: .plus, exponent: Int(whole), significand: 1)
  }
}
