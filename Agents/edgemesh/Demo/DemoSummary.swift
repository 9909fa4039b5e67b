import Mesh

/// What the demonstration came to, and whether it is what the mesh promises.
struct DemoSummary {
  let tallies: [DemoTally]
  let phaseNames: [String]
  /// Whether it is known what the pictures show.
  let areLabelled: Bool
  /// From the restarted agent's readiness to the next complete answer; nil where none came.
  let completeAfter: Duration?

  private func tally(_ phase: DemoStream.Phase) -> DemoTally { tallies[phase.rawValue] }
  private var requests: Int { tallies.reduce(0) { $0 + $1.requests } }
  private var answered: Int { tallies.reduce(0) { $0 + $1.answered } }

  var table: TextTable {
    let quality: [TextTable.Column] = areLabelled ? [.right("ACCURACY"), .right("ALONE")] : [.right("SAME CLASS")]
    var table = TextTable(
      [
        .left("PHASE"), .right("REQUESTS"), .right("COMPLETE"), .right("DEGRADED"), .right("OTHER"), .right("MEDIAN"),
        .right("LONGEST"), .right("EQUAL"),
      ] + quality + [.right("REPLICA ROWS"), .right("ZERO ROWS")])
    for (name, tally) in zip(phaseNames, tallies) {
      let complete = tally.outcomes[.complete] ?? 0
      let degraded = tally.outcomes[.degraded] ?? 0
      let sorted = tally.latencies.sorted()
      func latency(_ index: Int) -> String {
        sorted.indices.contains(index) ? TimeSpan.format(.microseconds(sorted[index])) : "-"
      }
      func share(_ sum: Double) -> String {
        tally.answered > 0 ? "\(Quantity.fixed(100 * sum / Double(tally.answered), decimals: 1)) %" : "-"
      }
      table.append(
        [
          name, "\(tally.requests)", "\(complete)", "\(degraded)", "\(tally.requests - complete - degraded)",
          latency(sorted.count / 2), latency(sorted.count - 1), share(Double(tally.equal)),
        ] + (areLabelled ? [tally.wholeAccuracy.words, tally.accuracyAlone.words] : [share(Double(tally.sameClass))])
          + [share(tally.replicaShare), share(tally.zeroShare)])
    }
    return table
  }

  var lines: [String] {
    let resends = tallies.reduce(0) { $0 + $1.submissions } - requests
    var lines = [
      "\(requests) requests, \(answered) answered, each exactly once"
        + (resends > 0 ? "; \(resends) sent again to another gateway" : "")
    ]
    if let completeAfter {
      lines.append("complete again \(TimeSpan.format(completeAfter)) after the restarted agent reported ready")
    }
    if let flaw { lines.append("not as promised: \(flaw)") }
    return lines
  }

  /// The first promise that was not kept.
  private var flaw: String? {
    if answered < requests { return "\(requests - answered) requests were refused or failed" }
    let whole = tally(.whole)
    if whole.outcomes[.complete] != whole.requests { return "an answer was not complete while all agents lived" }
    if let wrong = tallies.first(where: { $0.equal < $0.outcomes[.complete] ?? 0 }) {
      return "\((wrong.outcomes[.complete] ?? 0) - wrong.equal) complete answers differ from the whole network's"
    }
    if completeAfter == nil { return "no answer was complete after the agent came back" }
    return nil
  }

  var status: ExitCode { answered < requests ? .unanswered : flaw == nil ? .success : .failure }
}
