import Mesh
import Plans

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
  /// Nil without a mesh.
  var gateway: String?
  var submissions: Int

  init(
    number: Int, input: String, outcome: Outcome, latencyMicroseconds: Int, scores: [Float], classes: [String]?,
    gateway: String?, submissions: Int
  ) {
    self.number = number
    self.input = input
    self.outcome = outcome
    self.latencyMicroseconds = latencyMicroseconds
    self.gateway = gateway
    self.submissions = submissions
    top = Self.best(scores, 5).map { index in
      Score(
        index: index, name: classes.flatMap { $0.indices.contains(index) ? $0[index] : nil } ?? "\(index)",
        score: scores[index])
    }
  }

  /// The indices of the highest scores, best first; equal scores keep the order of their indices.
  static func best(_ scores: [Float], _ count: Int) -> [Int] {
    var best: [Int] = []
    for (index, score) in scores.enumerated() where !score.isNaN {
      if best.count == count, let last = best.last, score <= scores[last] { continue }
      best.insert(index, at: best.firstIndex { score > scores[$0] } ?? best.count)
      if best.count > count { best.removeLast() }
    }
    return best
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
      "gateway": gateway.map(JSON.string) ?? .null, "submissions": .integer(Int64(submissions)),
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

  private var label: String {
    let label = Self.label(of: outcome)
    return label.isEmpty ? "-" : label
  }

  /// What degraded an answer, or why there is none.
  static func label(of outcome: Outcome) -> String {
    if !outcome.kind.hasOutputs { return outcome.reason }
    var parts: [String] = []
    if !outcome.lostSeats.isEmpty {
      parts.append("lost seat \(outcome.lostSeats.seats.map(String.init).joined(separator: ","))")
    }
    for fill in Fill.allCases where outcome.share(of: fill) > 0 {
      parts.append("\(fill.rawValue) \(Quantity.fixed(outcome.share(of: fill) * 100, decimals: 1)) %")
    }
    return parts.joined(separator: ", ")
  }
}
