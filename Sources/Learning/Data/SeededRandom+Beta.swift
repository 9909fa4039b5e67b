import Glibc

extension SeededRandom {
  /// A number in 0...1 of the Beta distribution with both parameters `alpha`, as the share of one of two Gamma numbers.
  mutating func beta(_ alpha: Double) -> Float {
    let first = gamma(alpha)
    let second = gamma(alpha)
    // With a tiny alpha both may vanish: then one of the two ends is as good as the other.
    guard first + second > 0 else { return below(2) == 0 ? 0 : 1 }
    return Float(first / (first + second))
  }

  /// A number of the Gamma distribution (Marsaglia and Tsang, "A simple method for generating gamma variables", 2000).
  private mutating func gamma(_ alpha: Double) -> Double {
    guard alpha >= 1 else { return gamma(alpha + 1) * pow(positive(), 1 / alpha) }
    let d = alpha - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let normal = (-2 * log(positive())).squareRoot() * cos(2 * Double.pi * positive())
      let root = 1 + c * normal
      guard root > 0 else { continue }
      let cube = root * root * root
      if log(positive()) < 0.5 * normal * normal + d - d * cube + d * log(cube) { return d * cube }
    }
  }

  /// 0 < number <= 1.
  private mutating func positive() -> Double { Double((next() >> 11) + 1) * 0x1p-53 }
}
