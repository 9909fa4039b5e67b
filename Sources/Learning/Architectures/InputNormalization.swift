/// A data set's mean and deviation of each channel, of numbers 0...1: what a network takes off its input first, so that
/// its file needs nothing beside it.
public struct InputNormalization: Hashable, Sendable {
  public var mean: [Float]
  public var deviation: [Float]

  public init(mean: [Float], deviation: [Float]) {
    self.mean = mean
    self.deviation = deviation
  }

  /// A data set's, or of a part of it that the seed decides.
  public init(of data: any DataSet, seed: UInt64) throws(LearningError) {
    let statistics = try ChannelStatistics(of: data, seed: seed)
    self.init(mean: statistics.mean, deviation: statistics.deviation)
  }
}
