import Networks
import Tensors

extension Benchmark {
  /// The table of steps and what stands around it.
  var text: String { ([stepTable, ""] + summary).joined(separator: "\n") }

  private var stepTable: String {
    var table = TextTable([
      .left("STEP"), .left("OPERATORS"), .left("OUTPUT"), .right("TIME"), .right("SHARE"), .right("RATE"),
      .right("OF LIMIT"),
    ])
    let sum = steps.reduce(0) { $0 + $1.median }
    for step in steps {
      let (rate, share) = words(of: step)
      table.append([
        Inspection.shortened(step.nodes.first?.name ?? "", to: 32),
        Inspection.shortened(step.nodes.map(\.operatorType).joined(separator: "+"), to: 32, keepingEnd: false),
        step.nodes.last.map { "\($0.outputShape)" } ?? "", Self.time(step.median), percent(step.median / sum), rate,
        share,
      ])
    }
    return table.rendered
  }

  /// How fast a step is, in that which bounds it: arithmetic, or bytes.
  private func words(of step: Step) -> (rate: String, share: String) {
    guard step.median > 0 else { return ("-", "-") }
    let floor = step.floor(limits)
    if floor.compute >= floor.memory {
      return ("\(Self.giga(step.operations / step.median)) GFLOP/s", percent(floor.compute / step.median))
    }
    return ("\(Self.giga(step.bytes / step.median)) GB/s", percent(floor.memory / step.median))
  }

  private var summary: [String] {
    let network = name.isEmpty ? "the network" : SingleLine.of(name)
    var lines = [
      "\(network): \(Self.time(runs.median)) a run (median of \(runs.count); least \(Self.time(runs.least)), 90 % within "
        + "\(Self.time(runs.quantile(0.9)))), \(threads) \(threads == 1 ? "thread" : "threads"), "
        + "\(instructionSet.rawValue)",
      "compute     \(Quantity.counted(Int(operations))) FLOPs a run, \(Self.giga(rate)) GFLOP/s, "
        + "\(percent(shareOfPeak)) of the \(Self.giga(limits.floatingPointRate)) GFLOP/s measured here; memory "
        + "\(Self.giga(limits.readingRate)) GB/s",
      "start       \(Self.time(load.total)) to the first answer: \(Self.time(load.read)) to read, "
        + "\(Self.time(load.prepare)) to prepare, \(Self.time(load.firstRun)) for the first run",
      "memory      \(peakResidentBytes.map { ByteSize.format($0) } ?? "?") resident at most; "
        + "\(ByteSize.format(weightBytes)) of \(weightType.rawValue) weights, \(ByteSize.format(activationBytes)) of activations",
    ]
    if let othersProcessors, othersProcessors > 0.08 {
      lines.append("disturbed   others kept \(Quantity.fixed(othersProcessors, decimals: 2)) processors busy meanwhile")
    }
    return lines
  }

  private func percent(_ share: Double) -> String { "\(Quantity.fixed(100 * share, decimals: 1)) %" }
  private static func giga(_ value: Double) -> String { Quantity.threeDigits(value * 1e-9) }
  static func time(_ seconds: Double) -> String { TimeSpan.format(.seconds(seconds)) }
}
