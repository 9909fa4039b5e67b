/// A data set's mean and deviation of each channel, of numbers 0...1: what a network takes off its input first, so that
/// its file needs nothing beside it.
public struct InputNormalization: Hashable, Sendable {
  public var mean: [Float]
  public var deviation: [Float]

  public init(mean: [Float], deviation: [Float]) {
    self.mean = mean
    self.deviation = deviation
  }
}
