/// A batch program's steps in phases, and where each value lies.
struct BatchSchedule {
  struct Phase {
    var sharing: BatchProgram.Sharing
    var steps: Range<Int>
  }

  /// Where a value's numbers are. Offsets and strides in floats.
  enum Place {
    /// In the memory that stays from run to run.
    case lasting(Int, sampleStride: Int)
    case passing(Int, sampleStride: Int)
    /// In each thread's own memory.
    case local(Int)
    /// Nothing uses it.
    case nowhere
  }

  private(set) var steps: [BatchProgram.Step] = []
  private(set) var phases: [Phase] = []
  /// Phases of each stretch between two stops.
  private(set) var stretches: [Range<Int>] = []
  private(set) var places: [Place] = []
  private(set) var lastingCount = 0
  private(set) var passingCount = 0
  private(set) var localCount = 0

  init(_ program: BatchProgram) {
    var moments: [Int: ClosedRange<Int>] = [:]
    divide(program, touching: &moments)
    place(program, moments)
  }

  /// Phases, and for each value that is no part from which moment to which it is used. Phases and stops are moments.
  private mutating func divide(_ program: BatchProgram, touching lives: inout [Int: ClosedRange<Int>]) {
    var firstPhase = 0
    var moment = -1
    var written: Set<Int> = []
    var isOpen = false
    func touch(_ value: Int) {
      let root = program.root(of: value).value
      lives[root] = (lives[root]?.lowerBound ?? moment)...moment
    }
    for item in program.items {
      switch item {
      case .stop(let touched):
        stretches.append(firstPhase..<phases.count)
        firstPhase = phases.count
        isOpen = false
        moment += 1
        touched.forEach(touch)
      case .step(let step):
        let roots = step.operands.compactMap { $0.map { program.root(of: $0).value } }
        let continues =
          isOpen && phases[phases.count - 1].sharing == step.sharing
          && (step.sharing != .byStep || roots.allSatisfy { !written.contains($0) })
        if continues {
          phases[phases.count - 1].steps = phases[phases.count - 1].steps.lowerBound..<(steps.count + 1)
        } else {
          phases.append(Phase(sharing: step.sharing, steps: steps.count..<(steps.count + 1)))
          written = []
          isOpen = true
          moment += 1
        }
        written.formUnion(step.written.compactMap { $0.map { program.root(of: $0).value } })
        steps.append(step)
        roots.forEach(touch)
      }
    }
    stretches.append(firstPhase..<phases.count)
  }

  private mutating func place(_ program: BatchProgram, _ lives: [Int: ClosedRange<Int>]) {
    // Which moments are phases by sample, and of which steps.
    var chains: [Int: Range<Int>] = [:]
    var moment = -1
    var next = 0
    for (index, stretch) in stretches.enumerated() {
      for phase in stretch {
        moment += 1
        if phases[phase].sharing == .bySample { chains[moment] = phases[phase].steps }
        next = phase + 1
      }
      if index + 1 < stretches.count { moment += 1 }
    }
    precondition(next == phases.count, "phases outside of all stretches")

    var roots: [Int: Place] = [:]
    var passing: [(value: Int, size: Int, life: ClosedRange<Int>)] = []
    var local: [Int: [Int]] = [:]
    for (index, entry) in program.entries.enumerated() where entry.whole == nil {
      let stride = entry.isPerSample ? entry.floatCount : 0
      let size = entry.isPerSample ? entry.floatCount * program.samples : entry.floatCount
      if entry.isLasting {
        roots[index] = .lasting(lastingCount, sampleStride: stride)
        lastingCount += Self.padded(size)
      } else if let life = lives[index] {
        if entry.isPerSample, life.lowerBound == life.upperBound, chains[life.lowerBound] != nil {
          local[life.lowerBound, default: []].append(index)
        } else {
          passing.append((index, size, life))
        }
      }
    }
    let placement = MemoryPlacement(sizes: passing.map(\.size), lives: passing.map(\.life))
    passingCount = placement.floatCount
    for (number, value) in passing.enumerated() {
      let entry = program.entries[value.value]
      roots[value.value] = .passing(
        placement.offsets[number], sampleStride: entry.isPerSample ? entry.floatCount : 0)
    }
    for (moment, values) in local.sorted(by: { $0.key < $1.key }) {
      guard let chain = chains[moment] else { continue }
      var uses: [Int: ClosedRange<Int>] = [:]
      for step in chain {
        for operand in steps[step].operands {
          guard let operand else { continue }
          let root = program.root(of: operand).value
          uses[root] = (uses[root]?.lowerBound ?? step)...step
        }
      }
      let placement = MemoryPlacement(
        sizes: values.map { program.entries[$0].floatCount },
        lives: values.map { uses[$0] ?? chain.lowerBound...chain.lowerBound })
      localCount = Swift.max(localCount, placement.floatCount)
      for (number, value) in values.enumerated() { roots[value] = .local(placement.offsets[number]) }
    }

    places = program.entries.indices.map { index in
      let (root, offset) = program.root(of: index)
      switch roots[root] {
      case .lasting(let start, let stride): return .lasting(start + offset, sampleStride: stride)
      case .passing(let start, let stride): return .passing(start + offset, sampleStride: stride)
      case .local(let start): return .local(start + offset)
      case .nowhere, nil: return .nowhere
      }
    }
  }

  private static func padded(_ count: Int) -> Int { (count + 15) / 16 * 16 }
}
