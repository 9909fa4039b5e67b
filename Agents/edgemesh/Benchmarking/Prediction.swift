import Networks
import Planning
import Plans

/// What the cost model says of a network's stages beside what was measured: the lower quartiles, as in the profile.
struct Prediction {
  struct Row {
    var name: String
    var steps: Int
    var measured: Double
    var predicted: Double

    /// 0 where both are the same; 0.25 where a quarter too much was said.
    var error: Double { predicted / measured - 1 }
  }

  /// Stages as a plan would have them, and the tail.
  let stages: [Row]
  let whole: Row

  /// - Parameter network: with shapes alone; its weights are not looked at.
  init(of benchmark: Benchmark, by profile: BoardProfile, graph: StageGraph) {
    let model = CostModel(profile, threads: benchmark.threads)
    let predicted = model.seconds(of: benchmark.steps.map(\.nodes))
    var owners: [String: Int] = [:]
    for (index, stage) in graph.stages.enumerated() {
      // What several stages compute is the first one's here, where it runs once.
      for node in stage.slicedNodes + stage.replicatedNodes {
        let name = graph.network.nodes[node].name
        if owners[name] == nil { owners[name] = index }
      }
    }
    var rows = graph.stages.map { Row(name: $0.name, steps: 0, measured: 0, predicted: 0) }
    rows.append(Row(name: "tail", steps: 0, measured: 0, predicted: 0))
    for (step, seconds) in zip(benchmark.steps, predicted) {
      // A fused step is the stage's in which it ends.
      let owner = step.nodes.last.flatMap { owners[$0.name] } ?? graph.stages.count
      rows[owner].steps += 1
      rows[owner].measured += step.lowerQuartile
      rows[owner].predicted += seconds
    }
    stages = rows.filter { $0.steps > 0 }
    whole = Row(
      name: "all", steps: benchmark.steps.count, measured: stages.reduce(0) { $0 + $1.measured },
      predicted: stages.reduce(0) { $0 + $1.predicted })
  }

  /// The stages that take at least this share of the whole decide: the others' error is next to nothing.
  static let countedShare = 0.01

  /// The stage of which the worst is said.
  var worst: Row? {
    stages.filter { $0.measured >= Self.countedShare * whole.measured }.max { $0.error.magnitude < $1.error.magnitude }
  }

  var text: String {
    var table = TextTable([
      .left("STAGE"), .right("STEPS"), .right("MEASURED"), .right("PREDICTED"), .right("ERROR"), .right("SHARE"),
    ])
    for row in stages + [whole] {
      table.append([
        Inspection.shortened(row.name, to: 40), "\(row.steps)", Benchmark.time(row.measured),
        Benchmark.time(row.predicted), Self.percent(row.error), Self.percent(row.measured / whole.measured),
      ])
    }
    guard let worst else { return table.rendered }
    return table.rendered + "\n\nworst of the stages that take 1 % or more: \(SingleLine.of(worst.name)), "
      + Self.percent(worst.error)
  }

  private static func percent(_ share: Double) -> String { "\(Quantity.fixed(100 * share, decimals: 1)) %" }
}
