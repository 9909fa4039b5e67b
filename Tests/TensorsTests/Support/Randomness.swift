import Tensors

/// SplitMix64: the same numbers from the same seed everywhere.
struct Randomness: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

  /// One in `chances`.
  mutating func rarely(_ chances: Int) -> Bool { int(1...chances) == 1 }

  /// A number in -1..<1.
  mutating func float() -> Float { Float(Int32(truncatingIfNeeded: next())) / 2_147_483_648 }

  mutating func floats(_ count: Int) -> [Float] {
    var floats = [Float](repeating: 0, count: count)
    floats.withUnsafeMutableBufferPointer { for index in 0..<count { $0[index] = float() } }
    return floats
  }

  mutating func tensor(_ shape: Shape) -> Tensor { Tensor(shape: shape, elements: floats(shape.elementCount)) }
}
