import Tensors

/// Which of the values that the forward pass leaves for the backward pass are not kept but computed a second time
/// (Chen et al., "Training deep nets with sublinear memory cost", 2016).
struct Recomputation {
  /// 0 keeps all. 1 drops what takes little to compute: normalised maps, functions, sums, pools. From 2 on convolutions'
  /// outputs are dropped too, but for every second, fourth, eighth...
  var level: Int

  static let levels = 0...8

  typealias Value = BatchProgram.Value
  typealias Step = GraphBuilder.Step

  /// The backward steps with those before them that compute again what was dropped.
  func extended(_ backward: [Step], after forward: [Step], in program: inout BatchProgram) -> [Step] {
    guard level > 0 else { return backward }
    let producers = droppable(forward, in: program)
    var again: [Value: Value] = [:]
    var result: [Step] = []
    func recomputed(_ value: Value) -> Value {
      guard let steps = producers[value] else { return value }
      if let known = again[value] { return known }
      let copy = program.sampleValue(.plain(count: program.floatCount(of: value)))
      again[value] = copy
      for index in steps {
        var step = forward[index]
        step.operands = step.operands.map { $0.map { $0 == value ? copy : recomputed($0) } }
        result.append(step)
      }
      return copy
    }
    for step in backward {
      var step = step
      let written = step.call.writtenCount
      let reads = step.operands.count - written
      // Operands of the step come before it, so that a value's own computation is complete.
      let operands = step.operands.enumerated().map { index, operand in
        operand.map { index < reads ? recomputed($0) : $0 }
      }
      step.operands = operands
      result.append(step)
    }
    return result
  }

  /// The values that are dropped, with the forward steps that compute each, in order.
  private func droppable(_ forward: [Step], in program: BatchProgram) -> [Value: [Int]] {
    var producers: [Value: [Int]] = [:]
    var kept: Set<Value> = []
    var convolutions = 0
    for (index, step) in forward.enumerated() {
      for case let value? in step.operands.suffix(step.call.writtenCount) {
        producers[value, default: []].append(index)
        // What all samples' statistics or rows are made of, and parts of other values, stay.
        if step.sharing != .bySample || step.call.writtenCount > 1 || program.isPart(value) { kept.insert(value) }
        if step.call.isConvolution {
          convolutions += 1
          if level < 2 || convolutions % (1 << (level - 1)) == 0 { kept.insert(value) }
        }
      }
    }
    for value in kept { producers[value] = nil }
    return producers
  }
}
