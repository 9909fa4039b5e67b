/// Kernels for a batch of samples, one after the other: what a training step is made of.
///
/// A value is there once a sample, or once for all. Steps by sample that follow each other are carried out sample by
/// sample, so that what one writes is still in the cache when the next reads it; values that live only there are kept
/// once a thread. Where the host reads or writes values between steps, the program stops (`stop`).
public struct BatchProgram {
  /// A value's number in its program.
  public struct Value: Hashable, Sendable {
    let index: Int
  }

  /// How a step is carried out.
  public enum Sharing: Sendable {
    /// For each sample, by one thread.
    case bySample
    /// Once, by all threads together.
    case together
    /// Once, by one thread; others carry out other steps meanwhile.
    case byStep
  }

  struct Entry {
    /// Of one sample, or of the whole value.
    var floatCount: Int
    var isPerSample: Bool
    /// Whether its numbers stay from run to run.
    var isLasting: Bool
    /// It is a part of this one, from that float on.
    var whole: (value: Int, offset: Int)?
  }

  struct Step {
    var call: BatchCall
    var operands: [Int?]
    var sharing: Sharing
    /// What the step is for: a node's name.
    var label: String

    var written: ArraySlice<Int?> { operands.suffix(call.writtenCount) }
  }

  enum Item {
    case step(Step)
    /// The host reads and writes these.
    case stop(touching: [Int])
  }

  /// Samples in a batch.
  public let samples: Int
  private(set) var entries: [Entry] = []
  private(set) var items: [Item] = []

  public init(samples: Int) {
    precondition(samples > 0, "a batch of \(samples) samples")
    self.samples = samples
  }

  // MARK: Values

  /// A value that each sample has.
  public mutating func sampleValue(_ layout: ValueLayout, isLasting: Bool = false) -> Value {
    add(Entry(floatCount: layout.floatCount(on: .current), isPerSample: true, isLasting: isLasting))
  }

  /// A value that all samples share.
  public mutating func sharedValue(_ layout: ValueLayout, isLasting: Bool = false) -> Value {
    add(Entry(floatCount: layout.floatCount(on: .current), isPerSample: false, isLasting: isLasting))
  }

  /// `count` floats of a value, of each sample where it is one's, from `offset` on.
  public mutating func part(of value: Value, from offset: Int, count: Int) -> Value {
    let whole = entries[value.index]
    precondition(
      offset >= 0 && count >= 0 && offset + count <= whole.floatCount,
      "floats \(offset)..<\(offset + count) of \(whole.floatCount)")
    var part = whole
    part.floatCount = count
    part.whole = (value.index, offset)
    return add(part)
  }

  /// Floats of a value, of one sample where it is one's.
  public func floatCount(of value: Value) -> Int { entries[value.index].floatCount }

  /// Whether a value is a part of another.
  public func isPart(_ value: Value) -> Bool { entries[value.index].whole != nil }

  /// Bytes that the values of all samples take at once, and those that samples share.
  public var valueBytes: Int {
    let schedule = BatchSchedule(self)
    return (schedule.lastingCount + schedule.passingCount) * MemoryLayout<Float>.stride
  }

  private mutating func add(_ entry: Entry) -> Value {
    entries.append(entry)
    return Value(index: entries.count - 1)
  }

  // MARK: Steps

  /// Appends a step. Operands are as the call says; nil stands for one that is not given.
  public mutating func add(
    _ call: BatchCall, _ operands: [Value?], _ sharing: Sharing = .bySample, label: String = ""
  ) {
    precondition(operands.count == call.operandCount, "\(operands.count) operands in place of \(call.operandCount)")
    let step = Step(call: call, operands: operands.map { $0?.index }, sharing: sharing, label: label)
    precondition(
      sharing != .bySample || step.written.allSatisfy { $0.map { entries[$0].isPerSample } ?? true },
      "a step by sample writes what samples share")
    items.append(.step(step))
  }

  /// Ends a stretch: the host reads or writes `values` here.
  public mutating func stop(touching values: [Value]) {
    items.append(.stop(touching: values.map(\.index)))
  }

  /// The value that a value is in the end a part of, and from which of its floats on.
  func root(of index: Int) -> (value: Int, offset: Int) {
    var (value, offset) = (index, 0)
    while let whole = entries[value].whole {
      offset += whole.offset
      value = whole.value
    }
    return (value, offset)
  }
}
