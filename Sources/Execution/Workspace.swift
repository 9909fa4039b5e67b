public import Plans
public import Tensors

/// One attempt on one seat: the values gathered so far, and what is computed from them. No input, no output, no clock.
///
/// A straight line for every stage: `place` (or `fill`) the rows of what it computes from, `compute` the own rows,
/// send them, and so on; the gateway ends with `computeTail`. What a seat computes is placed in its own gathered value
/// too. Not to be used from two threads at once.
public final class Workspace {
  public let program: SeatProgram
  private var buffers: [GatheredValue: GatherBuffer] = [:]
  private var released: Set<GatheredValue> = []

  public init(_ program: SeatProgram) { self.program = program }

  /// Places bytes that arrived: a piece of the elements of `rows`, laid out row after row as little-endian floats, that
  /// begins at `elementOffset` of them. A network input counts as one row. A value that is no longer needed is ignored.
  public func place(
    _ value: GatheredValue, rows: [Int], elementOffset: Int, bytes: UnsafeRawBufferPointer
  ) throws(ExecutionError) {
    guard var buffer = try buffer(for: value) else { return }
    // Taken out, so that there is one reference and nothing is copied.
    buffers[value] = nil
    defer { buffers[value] = buffer }
    try unsafe buffer.place(rows: rows, elementOffset: elementOffset, bytes: bytes)
  }

  /// Puts what the plan gives for rows that nobody delivered. `.replica` is no fill of its own: a replica's rows are
  /// computed or placed.
  public func fill(_ value: GatheredValue, rows: [Int], with fill: Fill) throws(ExecutionError) {
    guard fill == .zero else { throw .misplaced(value, reason: "\(fill) is placed, not filled in") }
    guard var buffer = try buffer(for: value) else { return }
    buffers[value] = nil
    defer { buffers[value] = buffer }
    try buffer.fillWithZeros(rows: rows)
  }

  /// Computes this seat's rows of a stage, places them in the gathered value, and returns them as they travel.
  public func compute(stage: Int, unit: ComputeUnit) throws(ExecutionError) -> SliceBytes {
    // The executor of networks comes with `Networks`.
    throw .noRows(stage: stage, unit: unit)
  }

  /// Computes the network's outputs from the gathered values, in the plan's order.
  public func computeTail() throws(ExecutionError) -> [Tensor] {
    throw .noRows(stage: program.plan.stages.count, unit: .own)
  }

  /// Rows of a value that have neither arrived nor been filled.
  public func missingRows(of value: GatheredValue) -> Int { buffers[value]?.missingRows ?? 0 }

  private func buffer(for value: GatheredValue) throws(ExecutionError) -> GatherBuffer? {
    if released.contains(value) { return nil }
    if let buffer = buffers[value] { return buffer }
    switch value {
    case .stage(let index) where program.plan.stages.indices.contains(index):
      let stage = program.plan.stages[index]
      return GatherBuffer(value: value, shape: stage.output.shape, rowAxis: stage.rowAxis)
    case .input(let index) where program.plan.inputs.indices.contains(index):
      // One row: the whole input.
      let shape = program.plan.inputs[index].shape
      return GatherBuffer(value: value, shape: Shape([1] + shape.dimensions), rowAxis: 0)
    default:
      throw .misplaced(value, reason: "the plan has none such")
    }
  }
}
