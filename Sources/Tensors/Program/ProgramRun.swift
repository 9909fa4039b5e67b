import CKernels

/// One run of a program in an arena: give it what comes from outside, carry out its steps, take the results.
///
/// Not to outlive the next run in the same arena.
public struct ProgramRun {
  private let program: KernelProgram
  private let arena: Arena
  private let memory: AlignedStorage
  private var externals: [UnsafeMutablePointer<Float>?]
  /// What the externals point into.
  private var held: [AlignedStorage?]

  public init(_ program: KernelProgram, in arena: Arena) {
    self.program = program
    self.arena = arena
    memory = arena.memory(for: program)
    externals = [UnsafeMutablePointer<Float>?](repeating: nil, count: program.externals.count)
    held = [AlignedStorage?](repeating: nil, count: program.externals.count)
  }

  /// Gives a map for an external, which is used where it lies. It has the external's extents.
  public mutating func provide(_ map: FeatureMap, for external: Int) {
    let layout = program.externals[external].layout
    guard layout == .map(channels: map.channels, height: map.height, width: map.width) else {
      provide(map.tensor(), for: external)
      return
    }
    precondition(map.instructionSet == program.instructionSet, "a map of another instruction set")
    hold(map.storage, for: external)
  }

  /// Gives a tensor with the external's elements: plain numbers are used where they lie, a map is made of planes.
  public mutating func provide(_ tensor: Tensor, for external: Int) {
    let description = program.externals[external]
    guard case .map(let channels, let height, let width) = description.layout else {
      precondition(description.layout == .plain(count: tensor.count), "\(tensor.shape) does not fit the program")
      hold(tensor.storage, for: external)
      return
    }
    precondition(tensor.count == channels * height * width, "\(tensor.shape) does not fit the program")
    let to = memory.pointer + description.importedAt
    withExtendedLifetime(tensor) {
      arena.carryOut(.fromPlanes(description.layout), from: tensor.storage.pointer, to: to, on: program.instructionSet)
    }
    externals[external] = to
  }

  private mutating func hold(_ storage: AlignedStorage, for external: Int) {
    held[external] = storage
    externals[external] = storage.pointer
  }

  /// Carries out some steps, whose externals have been given.
  public func carryOut(_ range: Range<Int>) {
    withExtendedLifetime(held) { arena.carryOut(range, of: program, externals: externals) }
  }

  /// What lies at a place of the arena, as a map or a tensor that is good until a later step writes there.
  public func map(at offset: Int, channels: Int, height: Int, width: Int) -> FeatureMap {
    let count = ValueLayout.map(channels: channels, height: height, width: width)
      .floatCount(on: program.instructionSet)
    return FeatureMap(
      channels: channels, height: height, width: width, storage: view(offset, count), on: program.instructionSet)
  }

  /// The same for plain numbers.
  public func tensor(at offset: Int, shape: Shape) -> Tensor {
    Tensor(shape: shape, storage: view(offset, shape.elementCount))
  }

  private func view(_ offset: Int, _ count: Int) -> AlignedStorage {
    precondition(offset >= 0 && count <= memory.count - offset, "a view beyond the arena")
    return AlignedStorage(viewing: memory, from: offset, count: count)
  }
}

extension Tensor {
  /// The tensor with storage of its own, where it was a view into an arena.
  public func detached() -> Tensor { storage.isView ? Tensor(shape: shape, storage: storage.copy()) : self }
}

extension FeatureMap {
  /// The map with storage of its own, where it was a view into an arena.
  public func detached() -> FeatureMap {
    guard storage.isView else { return self }
    var copy = self
    copy.storage = storage.copy()
    return copy
  }
}
