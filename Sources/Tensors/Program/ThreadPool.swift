import CKernels

/// Threads that carry out kernels together: the caller and others that wait for it, for a moment awake, then asleep.
final class ThreadPool {
  let threads: Int
  /// Nil for a pool of one, which needs no threads of its own.
  private let pool: OpaquePointer?

  /// A pool of `threads` threads, fewer where the system refuses them.
  init(threads: Int, processors: [Int]) {
    let wanted = Swift.min(Swift.max(threads, 1), 64)
    var made: OpaquePointer?
    if wanted > 1 {
      let bound = processors.count >= wanted ? processors.map { Int32($0) } : []
      made = bound.withUnsafeBufferPointer { ek_pool_create(wanted, $0.isEmpty ? nil : $0.baseAddress) }
    }
    pool = made
    self.threads = made == nil ? 1 : wanted
  }

  /// Carries out the steps in order and returns when the last is done. One caller at a time.
  func run(_ steps: UnsafeBufferPointer<ek_step>, on instructionSet: InstructionSet) {
    guard let base = steps.baseAddress, !steps.isEmpty else { return }
    ek_run(pool, instructionSet.table, base, steps.count)
  }

  /// Carries out the phases of a batch in order and returns when the last is done. One caller at a time.
  func run(
    _ steps: UnsafeBufferPointer<ek_batch_step>, _ phases: UnsafeBufferPointer<ek_phase>, samples: Int,
    on instructionSet: InstructionSet
  ) {
    guard let first = steps.baseAddress, let phase = phases.baseAddress, !phases.isEmpty else { return }
    ek_run_batch(pool, instructionSet.table, first, phase, phases.count, samples)
  }

  deinit { ek_pool_destroy(pool) }
}
