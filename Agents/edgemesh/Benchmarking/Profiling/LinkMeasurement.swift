import Plans
import Runtime

/// Measures what lies between this board and an agent.
enum LinkMeasurement {
  private static let questions = 50

  /// Asks the agent for its status again and again, on one connection. The answer's own making counts, too: some ten
  /// microseconds.
  static func figures(of peer: HostPort) throws -> BoardProfile.LinkFigures {
    let client = try AdminClient(to: try Endpoints.reachable(peer), timeoutMilliseconds: 5_000)
    // The first one waits for the connection.
    _ = try client.status()
    var samples: [Double] = []
    for _ in 0..<questions {
      let begin = ContinuousClock.now
      _ = try client.status()
      samples.append((ContinuousClock.now - begin) / .nanoseconds(1))
    }
    let statistics = SampleStatistics(samples)
    return BoardProfile.LinkFigures(
      peer: "\(peer)", leastRoundTripNanoseconds: Swift.max(Int(statistics.least), 1),
      medianRoundTripNanoseconds: Swift.max(Int(statistics.median), 1))
  }
}
