import Networks

/// Random choices of one case; every choice comes from its seed.
struct Chance {
  private var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// 0..<count; 0 for a count of 0.
  mutating func number(_ count: Int) -> Int { count <= 1 ? 0 : Int(generator.next() % UInt64(count)) }
  mutating func bits() -> UInt64 { generator.next() }
  mutating func one(in count: Int) -> Bool { number(count) == 0 }
  mutating func pick<T>(_ choices: [T]) -> T? { choices.isEmpty ? nil : choices[number(choices.count)] }

  /// An integer where arithmetic and checks go wrong, or a small one.
  mutating func integer() -> Int {
    let interesting = [
      0, 1, -1, 2, -2, 3, -3, 4, 5, 7, 8, 9, 10, 11, 12, 15, 16, 17, 31, 32, 63, 64, 100, 127, 128, 255, 256, 1000,
      1 << 15, 1 << 16, 1 << 20, (1 << 20) + 1, 1 << 24, 1 << 28, (1 << 28) + 1, 1 << 30, (1 << 31) - 1, 1 << 31,
      -(1 << 31), 1 << 32, (1 << 32) + 1, 1 << 40, 1 << 53, 1 << 61, 1 << 62, .max - 1, .max, .min, .min + 1,
    ]
    switch number(4) {
    case 0: return number(12)
    case 1: return -number(12)
    default: return interesting[number(interesting.count)]
    }
  }

  mutating func float() -> Float {
    let interesting: [Float] = [
      0, -0.0, 1, -1, 0.5, 1e-30, 1e30, -1e30, .infinity, -.infinity, .nan, .leastNonzeroMagnitude,
      .greatestFiniteMagnitude, 1e-5, 2_147_483_648, 9.3e18,
    ]
    return interesting[number(interesting.count)]
  }
}
