import Mesh
import Plans
import Runtime

/// One request's outcome as people and programs read it.
struct AnswerLine {
  struct Score: Equatable {
    var index: Int
    var name: String
    var score: Float
  }

  var number: Int
  var input: String
  var outcome: Outcome
  var latencyMicroseconds: Int
  /// The best five classes of the first output.
  var top: [Score]
  var gateway: String
  var submissions: Int

  init(number: Int, input: String, answer: InferenceClient.Answer, classes: [String]?) {
    self.init(
      number: number, input: input, outcome: answer.outcome, latencyMicroseconds: answer.report.latencyMicroseconds,
      scores: answer.outputs.first ?? [], classes: classes, gateway: answer.report.gateway,
      submissions: answer.report.submissions)
  }

  init(
    number: Int, input: String, outcome: Outcome, latencyMicroseconds: Int, scores: [Float], classes: [String]?,
    gateway: String, submissions: Int
  ) {
    self.number = number
    self.input = input
    self.outcome = outcome
    self.latencyMicroseconds = latencyMicroseconds
    self.gateway = gateway
    self.submissions = submissions
    // Equal scores keep the order of their indices.
    let best = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(5)
    top = best.map { index in
      Score(
        index: index, name: classes.flatMap { $0.indices.contains(index) ? $0[index] : nil } ?? "\(index)",
        score: scores[index])
    }
  }

  var json: JSON {
    let timing = outcome.timing
    func milliseconds(_ microseconds: Int) -> JSON { .number(Double(microseconds) / 1_000, decimals: 3) }
    return [
      "request": .integer(Int64(number)), "input": .string(input), "outcome": .string(outcome.kind.rawValue),
      "reason": outcome.reason.isEmpty ? .null : .string(outcome.reason),
      "latency_ms": milliseconds(latencyMicroseconds), "exit": outcome.kind.hasOutputs ? "end" : .null,
      "top": .array(top.map { .array([.string($0.name), .single($0.score)]) }),
      "seats": [
        "answered": .array(outcome.answeredSeats.seats.map { .integer(Int64($0)) }),
        "lost": .array(outcome.lostSeats.seats.map { .integer(Int64($0)) }),
      ],
      "fills": .object(Fill.allCases.map { ($0.rawValue, .number(outcome.share(of: $0), decimals: 6)) }),
      "gateway": .string(gateway), "submissions": .integer(Int64(submissions)),
      "timing_ms": [
        "total": milliseconds(timing.totalMicroseconds), "compute": milliseconds(timing.computeMicroseconds),
        "exchange": milliseconds(timing.exchangeMicroseconds), "wait": milliseconds(timing.waitMicroseconds),
      ],
    ]
  }

  static let table = TextTable([
    .right("REQUEST", width: 7), .left("INPUT", width: 24), .left("OUTCOME", width: 8), .right("LATENCY", width: 8),
    .left("LABEL", width: 28), .left("TOP CLASSES"),
  ])

  var cells: [String] {
    let name = input.split(separator: "/").last.map(String.init) ?? input
    return [
      "\(number)", name, outcome.kind.rawValue, TimeSpan.format(.microseconds(latencyMicroseconds)), label,
      top.prefix(3).map { "\($0.name.prefix(24)) \(Quantity.fixed(Double($0.score), decimals: 3))" }
        .joined(separator: ", "),
    ]
  }

  /// What degraded the answer, or why there is none.
  private var label: String {
    if !outcome.kind.hasOutputs { return outcome.reason }
    var parts: [String] = []
    if !outcome.lostSeats.isEmpty {
      parts.append("lost seat \(outcome.lostSeats.seats.map(String.init).joined(separator: ","))")
    }
    for fill in Fill.allCases where outcome.share(of: fill) > 0 {
      parts.append("\(fill.rawValue) \(Quantity.fixed(outcome.share(of: fill) * 100, decimals: 1)) %")
    }
    return parts.isEmpty ? "-" : parts.joined(separator: ", ")
  }
}

/// What a stream of requests came to.
struct StreamSummary {
  private var outcomes: [Outcome.Kind: Int] = [:]
  private var latencies: [Int] = []
  private var submissions = 0
  private var labelled = 0
  private var right = 0
  var elapsed = Duration.zero

  var isAnswered: Bool { outcomes.allSatisfy { $0.key.hasOutputs || $0.value == 0 } }
  private var requests: Int { outcomes.values.reduce(0, +) }

  mutating func add(_ answer: InferenceClient.Answer, isRight: Bool?) {
    add(answer.outcome.kind, answer.report.latencyMicroseconds, submissions: answer.report.submissions, isRight)
  }

  mutating func add(_ kind: Outcome.Kind, _ latencyMicroseconds: Int, submissions: Int, _ isRight: Bool?) {
    outcomes[kind, default: 0] += 1
    self.submissions += submissions
    if kind.hasOutputs { latencies.append(latencyMicroseconds) }
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
      "resends": .integer(Int64(submissions - requests)),
      "top1": labelled > 0 ? .number(Double(right) / Double(labelled), decimals: 4) : .null,
    ]
  }
}
