import CKernels

/// A batch program in memory, with the threads that carry it out.
///
/// It belongs to the thread that runs it (it is not `Sendable`).
public final class BatchRun {
  public let program: BatchProgram
  public let threads: Int
  private let schedule: BatchSchedule
  private let pool: ThreadPool
  private let lasting: AlignedStorage
  private let passing: AlignedStorage
  private let local: AlignedStorage
  private let localStride: Int
  private let scratch: AlignedStorage
  private var steps: [ek_batch_step] = []
  private var phases: [ek_phase] = []

  /// All numbers that last are zero.
  public init(_ program: BatchProgram, threads: Int) {
    self.program = program
    let schedule = BatchSchedule(program)
    self.schedule = schedule
    // Not bound to processors: threads that the caller starts (to read data, to test) would be bound with it.
    pool = ThreadPool(threads: threads, processors: [])
    self.threads = pool.threads
    let count = pool.threads
    lasting = AlignedStorage(count: schedule.lastingCount, lasting: true)
    lasting.pointer.initialize(repeating: 0, count: schedule.lastingCount)
    passing = AlignedStorage(count: schedule.passingCount, lasting: true)
    // Padding lanes that nobody wrote yet must be finite.
    passing.pointer.initialize(repeating: 0, count: schedule.passingCount)
    localStride = (schedule.localCount + 63) / 64 * 64
    local = AlignedStorage(count: localStride * count, lasting: true)
    local.pointer.initialize(repeating: 0, count: localStride * count)
    let needs = schedule.steps.map { Self.scratchCount(of: $0, threads: count) }
    let alone = schedule.steps.indices.reduce(0) {
      schedule.steps[$1].sharing == .together ? $0 : Swift.max($0, needs[$1])
    }
    let stride = (alone + 63) / 64 * 64
    let together = schedule.steps.indices.reduce(0) {
      schedule.steps[$1].sharing == .together ? Swift.max($0, needs[$1]) : $0
    }
    scratch = AlignedStorage(count: Swift.max(stride * count, together), lasting: true)
    steps = schedule.steps.indices.map { index in
      prepared(schedule.steps[index], scratchStride: needs[index] > 0 ? stride : nil)
    }
    phases = schedule.phases.map { phase in
      let sharing =
        switch phase.sharing {
        case .bySample: EK_BY_SAMPLE
        case .together: EK_TOGETHER
        case .byStep: EK_BY_STEP
        }
      return ek_phase(sharing: sharing, first: phase.steps.lowerBound, count: phase.steps.count)
    }
  }

  /// Bytes that all values take.
  public var byteCount: Int {
    (lasting.count + passing.count + local.count + scratch.count) * MemoryLayout<Float>.stride
  }

  /// Stretches of steps between the program's stops.
  public var stretchCount: Int { schedule.stretches.count }

  /// Carries out the steps of a stretch.
  public func run(_ stretch: Int) { run(phases: schedule.stretches[stretch]) }

  private func run(phases range: Range<Int>) {
    guard !range.isEmpty else { return }
    withExtendedLifetime((lasting, passing, local, scratch)) {
      steps.withUnsafeBufferPointer { steps in
        phases.withUnsafeBufferPointer { phases in
          pool.run(
            steps, UnsafeBufferPointer(rebasing: phases[range]), samples: program.samples, on: InstructionSet.current)
        }
      }
    }
  }

  /// Carries out the steps of a stretch until one of them leaves a number that is not finite, and says that step's
  /// label; nil where all stay finite.
  public func firstNonFinite(in stretch: Int) -> String? {
    for phase in schedule.stretches[stretch] {
      run(phases: phase..<(phase + 1))
      for index in schedule.phases[phase].steps {
        let step = schedule.steps[index]
        for operand in step.written {
          guard let operand, !holdsFiniteNumbers(BatchProgram.Value(index: operand)) else { continue }
          return step.label
        }
      }
    }
    return nil
  }

  private func holdsFiniteNumbers(_ value: BatchProgram.Value) -> Bool {
    guard let (start, stride) = place(of: value) else { return true }
    let entry = program.entries[value.index]
    for sample in 0..<(entry.isPerSample ? program.samples : 1) {
      for index in 0..<entry.floatCount where !start[sample * stride + index].isFinite { return false }
    }
    return true
  }

  // MARK: The host's numbers

  /// Writes a value's numbers: those of all samples one after the other where each has its own.
  public func write(_ numbers: [Float], to value: BatchProgram.Value) {
    let entry = program.entries[value.index]
    let samples = entry.isPerSample ? program.samples : 1
    precondition(
      numbers.count == entry.floatCount * samples, "\(numbers.count) numbers for \(entry.floatCount * samples)")
    guard let (start, stride) = place(of: value) else { return }
    numbers.withUnsafeBufferPointer { numbers in
      guard let base = numbers.baseAddress else { return }
      for sample in 0..<samples {
        (start + sample * stride).update(from: base + sample * entry.floatCount, count: entry.floatCount)
      }
    }
  }

  /// A value's numbers: those of all samples one after the other where each has its own.
  public func read(_ value: BatchProgram.Value) -> [Float] {
    let entry = program.entries[value.index]
    let samples = entry.isPerSample ? program.samples : 1
    guard let (start, stride) = place(of: value) else { return [] }
    return [Float](unsafeUninitializedCapacity: entry.floatCount * samples) { buffer, count in
      if let base = buffer.baseAddress {
        for sample in 0..<samples {
          (base + sample * entry.floatCount).initialize(from: start + sample * stride, count: entry.floatCount)
        }
      }
      count = entry.floatCount * samples
    }
  }

  /// Nil for values that each thread keeps for itself, or that nothing uses.
  private func place(of value: BatchProgram.Value) -> (UnsafeMutablePointer<Float>, stride: Int)? {
    switch schedule.places[value.index] {
    case .lasting(let offset, let stride): (lasting.pointer + offset, stride)
    case .passing(let offset, let stride): (passing.pointer + offset, stride)
    case .local, .nowhere: nil
    }
  }

  func start(of value: BatchProgram.Value) -> UnsafeMutablePointer<Float>? { place(of: value)?.0 }

  /// Carries out one step by all threads, apart from the program.
  func runAlone(_ step: ek_step) {
    withExtendedLifetime((lasting, passing)) {
      withUnsafePointer(to: step) { pool.run(UnsafeBufferPointer(start: $0, count: 1), on: .current) }
    }
  }

  // MARK: Preparation

  private static func scratchCount(of step: BatchProgram.Step, threads: Int) -> Int {
    step.call.scratchCount(
      threads: step.sharing == .together ? threads : 1, given: step.operands.map { $0 != nil })
  }

  private func prepared(_ step: BatchProgram.Step, scratchStride: Int?) -> ek_batch_step {
    var result = ek_batch_step()
    result.step = step.call.step
    var operands = step.operands.map { index -> ek_operand in
      guard let index else { return ek_operand(base: nil, sample: 0, member: 0) }
      switch schedule.places[index] {
      case .lasting(let offset, let stride):
        return ek_operand(base: lasting.pointer + offset, sample: stride, member: 0)
      case .passing(let offset, let stride):
        return ek_operand(base: passing.pointer + offset, sample: stride, member: 0)
      case .local(let offset): return ek_operand(base: local.pointer + offset, sample: 0, member: localStride)
      case .nowhere: preconditionFailure("a step uses a value without a place")
      }
    }
    if step.call.takesScratch {
      let shared = step.sharing == .together ? 0 : scratchStride ?? 0
      operands.append(ek_operand(base: scratch.pointer, sample: 0, member: shared))
    }
    precondition(operands.count <= Int(EK_OPERANDS), "a step of \(operands.count) operands")
    withUnsafeMutableBytes(of: &result.operands) { bytes in
      for (index, operand) in operands.enumerated() {
        bytes.storeBytes(of: operand, toByteOffset: index * MemoryLayout<ek_operand>.stride, as: ek_operand.self)
      }
    }
    return result
  }
}
