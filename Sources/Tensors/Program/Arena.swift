import CKernels

/// The memory in which kernel programs keep their values, and the threads that carry them out.
///
/// One arena serves any number of programs, one run at a time: it grows to the largest one's need and is used again by
/// the next run. It belongs to the thread that runs (it is not `Sendable`).
public final class Arena {
  /// Threads that share each step.
  public let threads: Int
  private let pool: ThreadPool
  private var memory = AlignedStorage(count: 0)
  private var bindings: [ObjectIdentifier: Binding] = [:]

  /// An arena whose steps `threads` threads carry out: the caller and others of the arena's own.
  ///
  /// Where there are as many as processors that the process may use, each is bound to one, the thread that
  /// makes the arena too: it is the one to run in it. Others run
  /// where the system puts them: several agents of one machine must not meet on its first processors.
  public init(threads: Int = 1) {
    pool = ThreadPool(threads: threads, processors: threads == Processors.available.count ? Processors.available : [])
    self.threads = pool.threads
  }

  /// Bytes that the arena takes.
  public var byteCount: Int { memory.count * MemoryLayout<Float>.stride }

  /// A program with its steps' addresses in this arena.
  private final class Binding {
    weak var program: KernelProgram?
    var steps: [ek_step]
    let memory: AlignedStorage

    init(_ program: KernelProgram, steps: [ek_step], memory: AlignedStorage) {
      self.program = program
      self.steps = steps
      self.memory = memory
    }
  }

  /// The memory for a program's run, which holds nothing yet.
  func memory(for program: KernelProgram) -> AlignedStorage {
    if let known = known(program) { return known.memory }
    let needed = program.floatCount + Self.padding(program.floatCount) + program.scratchCount(threads: threads)
    if needed > memory.count {
      bindings = [:]
      memory = AlignedStorage(count: 0)
      memory = AlignedStorage(count: needed, lasting: true)
    }
    return memory
  }

  private static func padding(_ count: Int) -> Int { (16 - count % 16) % 16 }

  /// Carries out some of a program's steps.
  ///
  /// - Parameter externals: where each of the program's externals lies; nil for those that the steps do not use.
  func carryOut(_ range: Range<Int>, of program: KernelProgram, externals: [UnsafeMutablePointer<Float>?]) {
    let binding = binding(of: program)
    for index in range where program.steps[index].usesExternals {
      binding.steps[index] = step(index, of: program, in: binding.memory, externals: externals)
    }
    binding.steps.withUnsafeBufferPointer { steps in
      withExtendedLifetime((program, binding)) {
        pool.run(UnsafeBufferPointer(rebasing: steps[range]), on: program.instructionSet)
      }
    }
  }

  /// Carries out one call apart from any program. It needs no scratch memory.
  func carryOut(
    _ call: KernelCall, from input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>,
    on instructionSet: InstructionSet
  ) {
    let step = call.step(
      KernelOperands(inputs: [input], output: output, scratch: output, parameters: nil), on: instructionSet)
    withUnsafePointer(to: step) { pool.run(UnsafeBufferPointer(start: $0, count: 1), on: instructionSet) }
  }

  private func known(_ program: KernelProgram) -> Binding? {
    // A program's identity may be another's that was freed.
    guard let binding = bindings[ObjectIdentifier(program)], binding.program === program else { return nil }
    return binding
  }

  private func binding(of program: KernelProgram) -> Binding {
    if let known = known(program) { return known }
    bindings = bindings.filter { $0.value.program != nil }
    let memory = memory(for: program)
    let none = [UnsafeMutablePointer<Float>?](repeating: nil, count: program.externals.count)
    let steps = program.steps.indices.map { step($0, of: program, in: memory, externals: none) }
    let binding = Binding(program, steps: steps, memory: memory)
    bindings[ObjectIdentifier(program)] = binding
    return binding
  }

  private func step(
    _ index: Int, of program: KernelProgram, in memory: AlignedStorage, externals: [UnsafeMutablePointer<Float>?]
  ) -> ek_step {
    func address(_ place: KernelProgram.Place) -> UnsafeMutablePointer<Float> {
      switch place {
      case .arena(let offset): memory.pointer + offset
      // A step whose externals are not known yet is made again before it runs.
      case .external(let external): externals[external] ?? memory.pointer
      }
    }
    let step = program.steps[index]
    let operands = KernelOperands(
      inputs: step.inputs.map { UnsafePointer(address($0)) }, output: address(step.output),
      scratch: memory.pointer + program.floatCount + Self.padding(program.floatCount),
      parameters: program.parameterStarts[index].map { UnsafePointer(program.parameters.pointer + $0) })
    return step.call.step(operands, on: program.instructionSet)
  }
}
