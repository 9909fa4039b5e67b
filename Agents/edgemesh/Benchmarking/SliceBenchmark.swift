import Networks
import Plans
import Tensors

/// How long parts of a stage's rows take, against the whole stage: what a seat has of it to compute less.
struct SliceBenchmark {
  struct Row {
    var stage: String
    var rows: Int
    var whole: Double
    /// One a share that was asked for.
    var slices: [(rows: Int, seconds: Double)]
  }

  let shares: [Double]
  private(set) var stages: [Row] = []

  /// Times the first rows of every stage, so many as each of `shares` of them are, for `seconds` in all.
  init(_ network: Network, shares: [Double], threads: Int, seconds: Double, weights type: WeightType) throws {
    self.shares = shares
    let arena = Arena(threads: threads)
    let graph = StageGraph(try AnalysedNetwork(network))
    let each = seconds / Double(Swift.max(graph.stages.count * (shares.count + 1), 1))
    for (index, stage) in graph.stages.enumerated() {
      func time(_ rows: Int) throws -> Double {
        try Self.time(
          graph.sliceNetwork(stage: index, rows: Array(0..<rows)), weights: type, in: arena, seconds: each)
      }
      var row = Row(stage: stage.name, rows: stage.rowCount, whole: try time(stage.rowCount), slices: [])
      for share in shares {
        let rows = Swift.max(Int((share * Double(stage.rowCount)).rounded()), 1)
        row.slices.append((rows, rows == stage.rowCount ? row.whole : try time(rows)))
      }
      stages.append(row)
    }
  }

  private static func time(
    _ slice: Network, weights type: WeightType, in arena: Arena, seconds: Double
  ) throws -> Double {
    let inputs = RandomInput.make(for: slice.inputs)
    // As seats hold it: maps stay maps.
    let given = inputs.mapValues { value in value.shape.rank == 4 ? value.asMap.map(RuntimeValue.map) ?? value : value }
    let prepared = try PreparedNetwork(slice, weights: type)
    _ = try prepared.stepTimes(given, in: arena)
    var samples: [Double] = []
    let start = ContinuousClock.now
    while samples.count < 5 || (ContinuousClock.now - start) / .seconds(1) < seconds {
      samples.append(try prepared.stepTimes(given, in: arena).reduce(0, +))
    }
    return SampleStatistics(samples).quantile(0.25)
  }

  var text: String {
    var columns: [TextTable.Column] = [.left("STAGE"), .right("ROWS"), .right("TIME")]
    for share in shares { columns.append(.right("\(Quantity.threeDigits(100 * share)) %")) }
    var table = TextTable(columns)
    for stage in stages {
      var cells = [Inspection.shortened(stage.stage, to: 32), "\(stage.rows)", Benchmark.time(stage.whole)]
      for slice in stage.slices {
        // Its time as a share of the whole stage's, over its share of the rows.
        let share = slice.seconds / stage.whole
        let proportional = Double(slice.rows) / Double(stage.rows)
        cells.append(
          "\(Quantity.fixed(100 * share, decimals: 1)) (x\(Quantity.fixed(share / proportional, decimals: 2)))")
      }
      table.append(cells)
    }
    var sums: [String] = []
    let whole = stages.reduce(0) { $0 + $1.whole }
    for index in shares.indices {
      sums.append(Quantity.fixed(100 * stages.reduce(0) { $0 + $1.slices[index].seconds } / whole, decimals: 1))
    }
    table.append(["all", "", Benchmark.time(whole)] + sums)
    return table.rendered + "\n\ntime of the first rows in % of the stage's, and how many times their share of its rows"
  }
}
