import Networks

/// Random numbers for one named constant, from a seed: the same on every machine, whatever other constants there are.
///
/// Normal numbers by the polar method (Marsaglia and Bray, 1964). The logarithm is ours, of additions, multiplications and
/// divisions alone, since libraries differ in its last bit.
struct WeightGenerator {
  private var source: SeededGenerator
  private var spare: Double?

  init(seed: UInt64, name: String) {
    // FNV-1a of the name.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var seeds = SeededGenerator(seed: seed)
    source = SeededGenerator(seed: seeds.next() ^ hash)
  }

  /// A number in -1..<1, evenly spread.
  mutating func nextUniform() -> Double { Double(source.next() >> 11) * 0x1p-52 - 1 }

  /// A number of mean 0 and variance 1, normally distributed.
  mutating func nextNormal() -> Double {
    if let number = spare {
      spare = nil
      return number
    }
    while true {
      let (u, v) = (nextUniform(), nextUniform())
      let square = u * u + v * v
      guard square < 1, square > 0 else { continue }
      let factor = (-2 * Self.logarithm(square) / square).squareRoot()
      spare = v * factor
      return u * factor
    }
  }

  /// The natural logarithm of a positive number: ln(m * 2^e) = 2 atanh((m - 1) / (m + 1)) + e ln 2.
  static func logarithm(_ x: Double) -> Double {
    var (mantissa, exponent) = (x.significand, Double(x.exponent))
    if mantissa > 1.414_213_562_373_095_1 {
      mantissa /= 2
      exponent += 1
    }
    let ratio = (mantissa - 1) / (mantissa + 1)
    let square = ratio * ratio
    // |ratio| < 0.172: what is left out is below 1e-17.
    var sum = 0.0
    for power in stride(from: 21, through: 1, by: -2) { sum = sum * square + 1 / Double(power) }
    return 2 * ratio * sum + exponent * 0.693_147_180_559_945_3
  }
}
