import Execution
import Mesh
import Plans
import Tensors

/// The worker thread's side: places, fills and computes, in the order in which the reactor asks.
///
/// Lives on its own thread; what it holds never leaves it but as `SliceBytes` and outputs, which are never written
/// again.
final class Worker {
  enum Request: Sendable {
    case install(PlanDigest, SeatProgram)
    case uninstall(PlanDigest)
    case open(AttemptID, PlanDigest)
    case placeInput(AttemptID, input: Int, offset: Int, MessageBox, payloadOffset: Int)
    case place(AttemptID, stage: Int, rows: [Int], offset: Int, MessageBox, payloadOffset: Int)
    case fill(AttemptID, stage: Int, rows: [Int], Fill)
    case compute(AttemptID, WorkUnit, placing: Bool)
    case computeTail(AttemptID)
    case close(AttemptID)
  }

  enum Reply: Sendable {
    case nothing
    case placed(AttemptID, microseconds: Int)
    case computed(AttemptID, WorkUnit, SliceBytes, microseconds: Int)
    case tail(AttemptID, OutputBytes, microseconds: Int)
    /// An attempt's work failed: a compute, or something else.
    case failed(AttemptID, String, isCompute: Bool)
    /// A compute of an attempt that has ended.
    case inVain

    /// Whether the reactor need not be woken for it.
    @Sendable static func isQuiet(_ reply: borrowing Reply) -> Bool {
      switch reply {
      case .nothing, .placed: true
      case .computed, .tail, .failed, .inVain: false
      }
    }

    /// Whether it answers a compute.
    var endsCompute: Bool {
      switch self {
      case .computed, .tail, .inVain, .failed(_, _, isCompute: true): true
      case .nothing, .placed, .failed(_, _, isCompute: false): false
      }
    }
  }

  private let arena: Arena
  private var programs: [PlanDigest: SeatProgram] = [:]
  private var workspaces: [AttemptID: Workspace] = [:]

  /// - Parameter threads: threads that compute, this one included.
  init(threads: Int) { arena = Arena(threads: threads) }

  func handle(_ request: Request) -> Reply {
    let start = MonotonicClock.now()
    func microseconds() -> Int { Int((MonotonicClock.now() - start) / 1_000) }
    switch request {
    case .install(let digest, let program): programs[digest] = program
    case .uninstall(let digest): programs[digest] = nil
    case .open(let attempt, let digest):
      guard let program = programs[digest] else { return .failed(attempt, "the plan is not loaded", isCompute: false) }
      workspaces[attempt] = Workspace(program, in: arena)
    case .close(let attempt): workspaces[attempt] = nil
    case .placeInput(let attempt, let input, let offset, let box, let payloadOffset):
      return place(attempt, .input(input), rows: [0], offset, box, payloadOffset)
        ?? .placed(attempt, microseconds: microseconds())
    case .place(let attempt, let stage, let rows, let offset, let box, let payloadOffset):
      return place(attempt, .stage(stage), rows: rows, offset, box, payloadOffset)
        ?? .placed(attempt, microseconds: microseconds())
    case .fill(let attempt, let stage, let rows, let fill):
      return run(attempt, isCompute: false) { workspace throws(ExecutionError) in
        try workspace.fill(.stage(stage), rows: rows, with: fill)
        return .nothing
      }
    case .compute(let attempt, let unit, let placing):
      return run(attempt, isCompute: true) { workspace throws(ExecutionError) in
        let isOwn = unit.owner == workspace.program.seat
        let slice = try workspace.compute(
          stage: unit.stage, unit: isOwn ? .own : .replica(of: unit.owner), placing: placing)
        return .computed(attempt, unit, slice, microseconds: microseconds())
      }
    case .computeTail(let attempt):
      return run(attempt, isCompute: true) { workspace throws(ExecutionError) in
        let outputs = try workspace.computeTail()
        return .tail(attempt, OutputBytes(outputs), microseconds: microseconds())
      }
    }
    return .nothing
  }

  /// Runs a step of an attempt that is still open; one that was closed meanwhile needs nothing.
  private func run(
    _ attempt: AttemptID, isCompute: Bool, _ step: (Workspace) throws(ExecutionError) -> Reply
  ) -> Reply {
    guard let workspace = workspaces[attempt] else { return isCompute ? .inVain : .nothing }
    do throws(ExecutionError) { return try step(workspace) } catch {
      return .failed(attempt, error.description, isCompute: isCompute)
    }
  }

  private func place(
    _ attempt: AttemptID, _ value: GatheredValue, rows: [Int], _ offset: Int, _ box: MessageBox, _ payloadOffset: Int
  ) -> Reply? {
    guard let workspace = workspaces[attempt] else { return nil }
    let failure: ExecutionError? = box.withUnsafeBytes { bytes in
      do throws(ExecutionError) {
        try workspace.place(
          value, rows: rows, elementOffset: offset / MemoryLayout<Float>.stride,
          bytes: UnsafeRawBufferPointer(rebasing: bytes[min(payloadOffset, bytes.count)...]))
        return nil
      } catch {
        return error
      }
    }
    return failure.map { .failed(attempt, $0.description, isCompute: false) }
  }
}

extension OutputBytes {
  init(_ tensors: [Tensor]) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(tensors.reduce(0) { $0 + $1.count * MemoryLayout<Float>.stride })
    for tensor in tensors { tensor.withUnsafeBufferPointer { bytes += UnsafeRawBufferPointer($0) } }
    self.bytes = bytes
  }
}
