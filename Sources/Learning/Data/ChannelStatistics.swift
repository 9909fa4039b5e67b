import Tensors

/// Mean and standard deviation of each channel of a data set: what a network's inputs are normalised by.
public struct ChannelStatistics: Hashable, Codable, Sendable {
  /// C numbers, in 0...1 for pictures; one for samples that are plain numbers.
  public var mean: [Float]
  /// C positive numbers; 1 for a channel that is the same everywhere.
  public var deviation: [Float]

  public init(mean: [Float], deviation: [Float]) {
    self.mean = mean
    self.deviation = deviation
  }

  /// Looks at all samples of `data`, or at `limit` of them drawn by `seed` where there are more.
  public init(of data: any DataSet, limit: Int = 10_000, seed: UInt64 = 0) throws(LearningError) {
    let drawn: any DataSet = data.count > limit ? DataSubset(data, drawing: limit, seed: seed) : data
    let channels = data.pictureExtents?.channels ?? 1
    let length = data.sampleShape.elementCount / max(channels, 1)
    var sums = [Double](repeating: 0, count: channels)
    var squares = [Double](repeating: 0, count: channels)
    var numbers = [Float](repeating: 0, count: channels * length)
    for index in 0..<drawn.count {
      try numbers.withUnsafeMutableBufferPointer { (numbers) throws(LearningError) in
        _ = try drawn.read(index, into: numbers)
        for channel in 0..<channels {
          var sum = 0.0
          var square = 0.0
          for number in numbers[channel * length..<(channel + 1) * length] {
            sum += Double(number)
            square += Double(number) * Double(number)
          }
          sums[channel] += sum
          squares[channel] += square
        }
      }
    }
    let count = Double(max(drawn.count * length, 1))
    mean = sums.map { Float($0 / count) }
    deviation = zip(sums, squares).map { sum, square in
      let variance = square / count - (sum / count) * (sum / count)
      return variance > 1e-12 ? Float(variance.squareRoot()) : 1
    }
  }
}
