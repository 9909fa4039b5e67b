/// What a sequence of times of the same thing says.
struct SampleStatistics: Sendable {
  /// Ascending.
  let sorted: [Double]

  init(_ samples: [Double]) { sorted = samples.sorted() }

  var count: Int { sorted.count }
  var least: Double { sorted.first ?? .nan }
  /// The middle one, or the mean of the two in the middle.
  var median: Double {
    guard !sorted.isEmpty else { return .nan }
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }

  /// The sample that `share` of all samples do not exceed.
  func quantile(_ share: Double) -> Double {
    guard !sorted.isEmpty else { return .nan }
    let rank = Int((share * Double(count)).rounded(.up))
    return sorted[Swift.min(Swift.max(rank, 1), count) - 1]
  }
}
