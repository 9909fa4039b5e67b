import CKernels
import Glibc

/// Measures what the machine can do at most with an instruction set and a number of threads.
///
/// The best of many short samples counts, so that other work on the machine lowers it only where it never pauses.
public struct MachineProbe: ~Copyable {
  private let kernels: ek_kernels
  private let threads: Int
  private let pool: OpaquePointer
  private let sink: AlignedStorage

  /// A probe with `threads` threads, 1 to 64; nil where the system refuses them.
  public init?(threads: Int, on instructionSet: InstructionSet = .current) {
    guard let pool = ek_pool_create(threads, nil) else { return nil }
    self.pool = pool
    self.threads = threads
    kernels = instructionSet.kernels
    sink = AlignedStorage(count: threads)
  }

  deinit { ek_pool_destroy(pool) }

  /// Floating-point operations a second of independent multiply-adds on numbers in registers.
  public func floatingPointRate(seconds: Double = 0.2) -> Double {
    var step = ek_step()
    step.kernel = EK_MULTIPLY_ADD
    step.as.probe.sink = sink.pointer
    step.as.probe.rounds = 1_000
    // Long enough a sample that waking the threads does not count.
    while time(&step) < 1e-3, step.as.probe.rounds < 1 << 40 { step.as.probe.rounds *= 2 }
    let operations = Double(step.as.probe.rounds) * Double(kernels.probe_flops) * Double(threads)
    return operations / best(&step, seconds: seconds)
  }

  /// Bytes a second of a buffer of `bytes` read in order. It is what memory gives where no cache holds the buffer.
  public func readingRate(bytes: Int, seconds: Double = 0.4) -> Double {
    let unit = 4 * kernels.block
    let count = max(bytes / MemoryLayout<Float>.stride / unit, 1) * unit
    let buffer = AlignedStorage(count: count)
    buffer.pointer.initialize(repeating: 1, count: count)
    var step = ek_step()
    step.kernel = EK_READ_MEMORY
    step.as.probe.sink = sink.pointer
    step.as.probe.from = UnsafePointer(buffer.pointer)
    step.as.probe.count = count
    return withExtendedLifetime(buffer) {
      Double(count * MemoryLayout<Float>.stride) / best(&step, seconds: seconds)
    }
  }

  /// The shortest of at least three samples within the time.
  private func best(_ step: inout ek_step, seconds: Double) -> Double {
    var shortest = time(&step)
    var sum = shortest
    var samples = 1
    while samples < 3 || (sum < seconds && samples < 100_000) {
      let sample = time(&step)
      shortest = min(shortest, sample)
      sum += sample
      samples += 1
    }
    return shortest
  }

  private func time(_ step: inout ek_step) -> Double {
    let begin = ContinuousClock.now
    withUnsafePointer(to: kernels) { kernels in withUnsafePointer(to: step) { ek_pool_run(pool, kernels, $0, 1) } }
    // Never zero, whatever the clock's resolution.
    return max((ContinuousClock.now - begin) / .seconds(1), 1e-9)
  }
}
