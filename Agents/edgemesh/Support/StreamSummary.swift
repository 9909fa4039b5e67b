import Mesh

/// What a stream of requests came to.
struct StreamSummary {
  private var outcomes: [Outcome.Kind: Int] = [:]
  private var latencies: [Int] = []
  private var submissions = 0
  /// The gateway's, of all answers together.
  private var time = Timing()
  private var labelled = 0
  private var right = 0
  var elapsed = Duration.zero

  var isAnswered: Bool { outcomes.allSatisfy { $0.key.hasOutputs || $0.value == 0 } }
  private var requests: Int { outcomes.values.reduce(0, +) }

  mutating func add(_ outcome: Outcome, _ latencyMicroseconds: Int, submissions: Int, _ isRight: Bool?) {
    outcomes[outcome.kind, default: 0] += 1
    self.submissions += submissions
    if outcome.kind.hasOutputs {
      latencies.append(latencyMicroseconds)
      time.totalMicroseconds += outcome.timing.totalMicroseconds
      time.computeMicroseconds += outcome.timing.computeMicroseconds
      time.exchangeMicroseconds += outcome.timing.exchangeMicroseconds
    }
    if let isRight {
      labelled += 1
      if isRight { right += 1 }
    }
  }

  private func latency(_ share: Double) -> Int {
    let sorted = latencies.sorted()
    guard !sorted.isEmpty else { return 0 }
    return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
  }

  /// How the gateways' time divides, of all answers together.
  private var timeShares: [(name: String, share: Double)] {
    let total = Double(max(1, time.totalMicroseconds))
    let parts = [
      ("computing", time.computeMicroseconds), ("exchanging", time.exchangeMicroseconds),
      ("waiting", time.waitMicroseconds),
    ]
    return parts.map { ($0.0, Double($0.1) / total) }
  }

  private var perSecond: Double {
    let seconds = elapsed / .seconds(1)
    return seconds > 0 ? Double(requests) / seconds : 0
  }

  var line: String {
    let kinds = Outcome.Kind.allCases.compactMap { kind in outcomes[kind].map { "\($0) \(kind.rawValue)" } }
    var text = "\(requests) requests in \(TimeSpan.format(elapsed)): \(kinds.joined(separator: ", "))"
    if !latencies.isEmpty {
      let shown = [latency(0.5), latency(0.95), latencies.max() ?? 0].map { TimeSpan.format(.microseconds($0)) }
      text += "; latency median \(shown[0]), 95 % \(shown[1]), longest \(shown[2])"
      text += "; \(Quantity.fixed(perSecond, decimals: 1)) a second"
      let shares = timeShares.map { "\($0.name) \(Quantity.fixed($0.share * 100, decimals: 0)) %" }
      text += "; \(shares.joined(separator: ", "))"
    }
    if submissions > requests { text += "; \(submissions - requests) sent again" }
    if labelled > 0 { text += "; top-1 \(Quantity.fixed(100 * Double(right) / Double(labelled), decimals: 1)) %" }
    return text
  }

  var json: JSON {
    func milliseconds(_ microseconds: Int) -> JSON { .number(Double(microseconds) / 1_000, decimals: 3) }
    return [
      "summary": true, "requests": .integer(Int64(requests)),
      "outcomes": .object(Outcome.Kind.allCases.map { ($0.rawValue, .integer(Int64(outcomes[$0] ?? 0))) }),
      "latency_ms": [
        "median": milliseconds(latency(0.5)), "p95": milliseconds(latency(0.95)),
        "longest": milliseconds(latencies.max() ?? 0),
      ],
      "seconds": .number(elapsed / .seconds(1), decimals: 3), "per_second": .number(perSecond, decimals: 2),
      "time_shares": .object(timeShares.map { ($0.name, .number($0.share, decimals: 4)) }),
      "resends": .integer(Int64(submissions - requests)),
      "top1": labelled > 0 ? .number(Double(right) / Double(labelled), decimals: 4) : .null,
    ]
  }
}
