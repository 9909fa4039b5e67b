import Networks
public import Plans
public import Tensors

/// One attempt on one seat: the values gathered so far, and what is computed from them. No input, no output, no clock.
///
/// A straight line for every stage: `place` (or `fill`) the rows of what it computes from, `compute` the own rows,
/// send them, and so on; the gateway ends with `computeTail`. What a seat computes is placed in its own gathered value
/// too. Not to be used from two threads at once.
public final class Workspace {
  public let program: SeatProgram
  private let arena: Arena
  private var buffers: [GatheredValue: GatherBuffer] = [:]
  /// Values whose last use lies behind this stage have been dropped.
  private var releasedBefore = 0

  /// A dropped value's stage may still be asked for replicas by a seat that is one stage behind.
  private static let stagesOfGrace = 1

  /// - Parameter arena: where it computes, one step of one workspace at a time: those of a thread share one.
  public init(_ program: SeatProgram, in arena: Arena = Arena()) {
    self.program = program
    self.arena = arena
  }

  /// Places bytes that arrived: a piece of the elements of `rows`, laid out row after row as little-endian floats, that
  /// begins at `elementOffset` of them. Of a network input it is a piece of the whole, whatever `rows` says. A value
  /// that no stage needs any more is ignored.
  public func place(
    _ value: GatheredValue, rows: [Int], elementOffset: Int, bytes: UnsafeRawBufferPointer
  ) throws(ExecutionError) {
    guard var buffer = try buffer(for: value) else { return }
    // Taken out, so that there is one reference and nothing is copied.
    buffers[value] = nil
    defer { buffers[value] = buffer }
    var rows = rows
    if case .input = value { rows = Array(0..<buffer.rowCount) }
    try unsafe buffer.place(rows: rows, elementOffset: elementOffset, bytes: bytes)
  }

  /// Places a whole network input.
  public func place(input index: Int, _ tensor: Tensor) throws(ExecutionError) {
    guard program.plan.inputs.indices.contains(index), tensor.shape == program.plan.inputs[index].shape else {
      throw .misplaced(.input(index), reason: "\(tensor.shape) is not the input's shape")
    }
    try place(.input(index), SliceBytes(rows: [], elements: tensor))
  }

  /// Places the rows that another seat computed.
  public func place(_ value: GatheredValue, _ slice: SliceBytes) throws(ExecutionError) {
    var failure: ExecutionError?
    unsafe slice.withUnsafeBytes { bytes in
      do throws(ExecutionError) {
        try unsafe place(value, rows: slice.rows, elementOffset: 0, bytes: bytes)
      } catch { failure = error }
    }
    if let failure { throw failure }
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

  /// Computes this seat's rows of a stage, places them in the gathered value where `placing`, and returns them as they
  /// travel. Values that are needed no more are dropped.
  public func compute(
    stage: Int, unit: ComputeUnit, placing: Bool = true
  ) throws(ExecutionError) -> SliceBytes {
    guard program.slices.indices.contains(stage), let slice = program.slices[stage][unit] else {
      throw .noRows(stage: stage, unit: unit)
    }
    let output = program.plan.stages[stage].output.name
    let results = try run(slice)
    guard let result = results[output] else { throw .noRows(stage: stage, unit: unit) }
    let rows = program.plan.rows(ofStage: stage, unit: unit, at: program.seat)
    let computed = SliceBytes(
      rows: rows, elements: result.asTensor.rowsFirst(axis: program.plan.stages[stage].rowAxis))
    if placing, program.lastUses[.stage(stage)] != nil { try place(.stage(stage), computed) }
    if unit == .own { release(before: stage - Self.stagesOfGrace) }
    return computed
  }

  /// Computes the network's outputs from the gathered values, in the plan's order.
  public func computeTail() throws(ExecutionError) -> [Tensor] {
    var computed: [String: RuntimeValue] = [:]
    if let tail = program.tail { computed = try run(tail) }
    var outputs: [Tensor] = []
    for output in program.plan.outputs {
      if let result = computed[output.name] {
        outputs.append(result.asTensor)
      } else if let value = program.plan.gatheredValue(named: output.name) {
        outputs.append(try gathered(value).asTensor)
      } else {
        throw .shard(.invalid(field: "tail", reason: "does not make \(output.name)"))
      }
    }
    return outputs
  }

  /// Rows of a value that have neither arrived nor been filled; all of them where none has.
  public func missingRows(of value: GatheredValue) -> Int {
    buffers[value]?.missingRows ?? (try? buffer(for: value))??.missingRows ?? 0
  }

  /// Bytes that the gathered values take now.
  public var gatheredBytes: Int { buffers.values.reduce(0) { $0 + $1.shape.elementCount * MemoryLayout<Float>.stride } }

  // MARK: Pieces

  private func run(_ network: PreparedNetwork) throws(ExecutionError) -> [String: RuntimeValue] {
    var inputs: [String: RuntimeValue] = [:]
    for input in network.inputs {
      guard let value = program.plan.gatheredValue(named: input.name) else { continue }
      inputs[input.name] = try gathered(value)
    }
    do { return try network.run(inputs, in: arena) } catch { throw .network(error) }
  }

  private func gathered(_ value: GatheredValue) throws(ExecutionError) -> RuntimeValue {
    guard !isReleased(value) else { throw .released(value) }
    guard let complete = buffers[value]?.complete else {
      throw .incomplete(value, missingRows: missingRows(of: value))
    }
    return complete
  }

  private func isReleased(_ value: GatheredValue) -> Bool {
    (program.lastUses[value] ?? -1) < releasedBefore
  }

  private func release(before stage: Int) {
    releasedBefore = max(releasedBefore, stage)
    buffers = buffers.filter { !isReleased($0.key) }
  }

  /// The value's buffer, a new one where there is none yet, nil where the value is needed no more.
  private func buffer(for value: GatheredValue) throws(ExecutionError) -> GatherBuffer? {
    if let buffer = buffers[value] { return buffer }
    let shape: Shape
    let rowAxis: Int
    switch value {
    case .stage(let index) where program.plan.stages.indices.contains(index):
      (shape, rowAxis) = (program.plan.stages[index].output.shape, program.plan.stages[index].rowAxis)
    case .input(let index) where program.plan.inputs.indices.contains(index):
      shape = program.plan.inputs[index].shape
      // Channels as rows: row after row they are the whole in row-major order.
      rowAxis = shape.rank > 1 && shape[0] == 1 ? 1 : 0
    default:
      throw .misplaced(value, reason: "the plan has none such")
    }
    return isReleased(value) ? nil : GatherBuffer(value: value, shape: shape, rowAxis: rowAxis)
  }
}

extension Tensor {
  /// The elements row after row, for rows along `axis`.
  fileprivate func rowsFirst(axis: Int) -> Tensor {
    if shape.dimensions.prefix(axis).allSatisfy({ $0 == 1 }) { return self }
    return transposed([axis] + shape.dimensions.indices.filter { $0 != axis })
  }
}
