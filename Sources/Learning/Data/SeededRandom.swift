/// Random numbers that depend on a seed and on whose they are, never on what was drawn elsewhere: SplitMix64 (Steele,
/// Lea and Flood, "Fast splittable pseudorandom number generators", 2014). The same everywhere.
public struct SeededRandom: RandomNumberGenerator, Hashable, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = Self.mix(seed &+ Self.step) }

  /// The stream of `seed` that belongs to `path`, for example (epoch, position).
  public init(seed: UInt64, _ path: Int...) {
    var state = Self.mix(seed &+ Self.step)
    for part in path { state = Self.mix((state ^ UInt64(bitPattern: Int64(part))) &+ Self.step) }
    self.state = state
  }

  public mutating func next() -> UInt64 {
    state &+= Self.step
    return Self.mix(state)
  }

  /// 0 ..< `bound`, evenly but for one part in 2^32; `bound` is at most 2^32.
  public mutating func below(_ bound: Int) -> Int {
    Int(((next() >> 32) &* UInt64(bound)) >> 32)
  }

  /// 0 ..< 1 in steps of 2^-24, which single precision holds exactly.
  public mutating func unit() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// `low` ..< `high`.
  public mutating func number(_ low: Float, _ high: Float) -> Float { low + (high - low) * unit() }

  /// 0 ..< `count` in random order (Fisher and Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, below(last + 1)) }
    return order
  }

  private static let step: UInt64 = 0x9e37_79b9_7f4a_7c15

  @inline(__always)
  private static func mix(_ value: UInt64) -> UInt64 {
    var mixed = value
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
