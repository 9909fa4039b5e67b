/// Kernels one after the other, with a place in one arena for every value between them.
///
/// Immutable; it is carried out in an `Arena`, on any number of them at once.
public final class KernelProgram: Sendable {
  /// Where a step finds or leaves a value.
  public enum Place: Hashable, Sendable {
    /// From that float of the arena on.
    case arena(Int)
    /// Where the caller of the program has it: `ProgramRun.provide` says.
    case external(Int)
  }

  public struct Step: Sendable {
    public var call: KernelCall
    public var inputs: [Place]
    public var output: Place

    public init(_ call: KernelCall, inputs: [Place], output: Place) {
      self.call = call
      self.inputs = inputs
      self.output = output
    }

    var usesExternals: Bool {
      (inputs + [output]).contains { if case .external = $0 { true } else { false } }
    }
  }

  /// A value that comes from outside. Maps that are not given as such are converted to the arena, at `importedAt`.
  public struct External: Sendable {
    public var layout: ValueLayout
    public var importedAt: Int

    public init(layout: ValueLayout, importedAt: Int) {
      self.layout = layout
      self.importedAt = importedAt
    }
  }

  public let steps: [Step]
  public let externals: [External]
  /// Floats of the arena that the values take.
  public let floatCount: Int
  let instructionSet: InstructionSet
  /// Each step's parameters one after the other, and where they start.
  let parameters: AlignedStorage
  let parameterStarts: [Int?]

  /// - Parameter floatCount: no place in the arena reaches beyond it.
  public init(steps: [Step], externals: [External], floatCount: Int) {
    self.steps = steps
    self.externals = externals
    self.floatCount = floatCount
    instructionSet = .current
    var numbers: [Float] = []
    var starts: [Int?] = []
    for step in steps {
      let own = step.call.parameters(on: .current)
      starts.append(own.isEmpty ? nil : numbers.count)
      numbers += own + [Float](repeating: 0, count: (16 - own.count % 16) % 16)
    }
    parameterStarts = starts
    let storage = AlignedStorage(count: numbers.count)
    for (index, number) in numbers.enumerated() { storage.pointer[index] = number }
    parameters = storage
  }

  /// Bytes that the steps' own numbers take: scales and shifts. Packed weights count for themselves.
  public var parameterBytes: Int { parameters.count * MemoryLayout<Float>.stride }

  /// Floats of scratch memory that the most needy step takes.
  func scratchCount(threads: Int) -> Int {
    steps.reduce(0) { Swift.max($0, $1.call.scratchCount(threads: threads, on: instructionSet)) }
  }
}
