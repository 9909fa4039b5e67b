/// How long an exchange waits for one peer: an estimate of its lateness like TCP's retransmission timer (RFC 6298),
/// between configured bounds. Late arrivals are samples too, so a slow board is waited for, not given up for ever.
public struct Patience: Sendable, Hashable {
  /// What a deployment may set.
  public struct Bounds: Sendable, Hashable {
    public var minimumMilliseconds: Int
    public var initialMilliseconds: Int
    public var maximumMilliseconds: Int

    public init(minimumMilliseconds: Int = 250, initialMilliseconds: Int = 1_000, maximumMilliseconds: Int = 5_000) {
      self.minimumMilliseconds = minimumMilliseconds
      self.initialMilliseconds = max(initialMilliseconds, minimumMilliseconds)
      self.maximumMilliseconds = max(maximumMilliseconds, minimumMilliseconds)
    }
  }

  private var smoothed: Int?
  private var deviation = 0

  public init() {}

  /// Takes in how much later than one's own slice a peer's came, in microseconds (0: earlier).
  public mutating func sample(latenessMicroseconds: Int) {
    let sample = min(max(latenessMicroseconds, 0), 3_600_000_000)
    guard let smoothed else {
      self.smoothed = sample
      deviation = sample / 2
      return
    }
    deviation += (abs(smoothed - sample) - deviation) / 4
    self.smoothed = smoothed + (sample - smoothed) / 8
  }

  /// Smoothed lateness plus four deviations plus the minimum, in milliseconds, at most the maximum.
  public func milliseconds(_ bounds: Bounds) -> Int {
    guard let smoothed else { return bounds.initialMilliseconds }
    let estimate = (smoothed + 4 * deviation) / 1_000 + bounds.minimumMilliseconds
    return min(max(estimate, bounds.minimumMilliseconds), bounds.maximumMilliseconds)
  }
}
