/// A linear congruential generator: simple enough that expected values can be made elsewhere from the same seed.
struct Noise: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    let high = UInt64(step())
    return (0..<7).reduce(high) { value, _ in value << 8 | UInt64(step()) }
  }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in step() } }

  private mutating func step() -> UInt8 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(state >> 56)
  }
}

/// FNV-1a, 64 bits.
func fingerprint(_ bytes: [UInt8]) -> UInt64 {
  bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}

extension Array where Element == UInt8 {
  /// The bytes with a few changed, removed or repeated.
  func damaged(by noise: inout Noise) -> [UInt8] {
    var bytes = self
    for _ in 0...Int.random(in: 0..<4, using: &noise) where !bytes.isEmpty {
      let at = Int.random(in: 0..<bytes.count, using: &noise)
      switch Int.random(in: 0..<4, using: &noise) {
      case 0: bytes[at] = UInt8.random(in: 0...255, using: &noise)
      case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &noise)
      case 2: bytes.removeSubrange(at..<Swift.min(bytes.count, at + Int.random(in: 1...16, using: &noise)))
      default: bytes.insert(contentsOf: bytes[at..<Swift.min(bytes.count, at + 8)], at: at)
      }
    }
    return bytes
  }
}
