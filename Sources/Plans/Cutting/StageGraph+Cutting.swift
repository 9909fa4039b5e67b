public import Networks

extension StageGraph {
  /// The network that computes `rows` (ascending) of a stage's output from whole exchanged values and network inputs.
  ///
  /// Its inputs are those of the stage's that these rows need, its one output has the stage's output's name and just
  /// the rows. Parameters that other slices cut alike are shared through the pool.
  public func sliceNetwork(stage index: Int, rows: [Int], pool: inout ConstantPool) -> Network {
    var flops = 0
    return sliceNetwork(stage: index, rows: rows, pool: &pool, addingFLOPsTo: &flops)
  }

  /// The same, adding the floating-point operations of one run to `flops`.
  public func sliceNetwork(
    stage index: Int, rows: [Int], pool: inout ConstantPool, addingFLOPsTo flops: inout Int
  ) -> Network {
    let (slice, cutter) = cut(stage: index, rows: rows, pool: &pool)
    flops += cutter.flops
    return slice
  }

  /// Multiply-accumulates of a slice's run; 0 for a slice without rows.
  func sliceMultiplyAccumulates(stage index: Int, rows: [Int]) -> Int {
    guard !rows.isEmpty else { return 0 }
    var pool = ConstantPool(of: network, keepsParts: false)
    return cut(stage: index, rows: rows, pool: &pool).cutter.multiplyAccumulates
  }

  private func cut(stage index: Int, rows: [Int], pool: inout ConstantPool) -> (slice: Network, cutter: SliceCutter) {
    let stage = stages[index]
    precondition(!rows.isEmpty, "a slice has at least one row")
    precondition(zip(rows, rows.dropFirst()).allSatisfy { $0 < $1 }, "a slice's rows are in ascending order")
    precondition(rows[0] >= 0 && rows[rows.count - 1] < stage.rowCount, "stage \(stage.name) has no such rows")
    var cutter = SliceCutter(analysis, gathered: gathered)
    let slice = cutter.network(
      named: stage.name, computing: rows, of: stage.output.name, axis: stage.rowAxis, pool: &pool)
    return (slice, cutter)
  }

  public func sliceNetwork(stage index: Int, rows: [Int]) -> Network {
    var pool = ConstantPool(of: network)
    return sliceNetwork(stage: index, rows: rows, pool: &pool)
  }

  /// The network that the gateway computes alone: from whole exchanged values and network inputs to those of the
  /// network's outputs that are not themselves exchanged; nil where all are.
  public func tailNetwork(pool: inout ConstantPool) -> Network? {
    let gathered = gathered
    let outputs = network.outputs.map(\.name).filter { !gathered.contains($0) }
    guard !outputs.isEmpty else { return nil }
    var cutter = SliceCutter(analysis, gathered: gathered)
    return cutter.network(named: "tail", computingWhole: outputs, pool: &pool)
  }

  /// Floating-point operations of the tail.
  public var tailFLOPs: Int { tail.nodes.reduce(0) { $0 + analysis.flops[$1] } }

  public func tailNetwork() -> Network? {
    var pool = ConstantPool(of: network)
    return tailNetwork(pool: &pool)
  }
}
