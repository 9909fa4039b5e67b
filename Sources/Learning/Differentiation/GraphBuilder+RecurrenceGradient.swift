import Networks
import Tensors

extension GraphBuilder {
  mutating func differentiateRecurrence(_ node: Node, _ r: Recurrence) -> Bool {
    guard let sequence = operand(node.inputs[0], as: .plain),
      let passes = keptPasses[node.outputs.joined(separator: "\n")]
    else { return false }
    let outputs = node.outputs.map { $0.isEmpty ? nil : gradient($0, as: .plain) }
    guard outputs.contains(where: { $0 != nil }) else { return true }
    let (width, h) = (r.gates * r.hidden, r.hidden)
    let targets = node.inputs.enumerated().map { position, name in
      1...3 ~= position && needsGradient(name) ? parameterGradient(name) : nil
    }
    var initial: [[Value?]] = []
    for (direction, pass) in passes.enumerated() {
      func own(_ position: Int, _ index: Int) -> Value? {
        guard position < outputs.count, let whole = outputs[position] else { return nil }
        return row(whole, index, h)
      }
      let gradients = RecurrentPass.OutputGradients(
        steps: (0..<r.steps).map { own(0, $0 * r.directions + direction) }, last: own(1, direction),
        lastCell: own(2, direction))
      let sums = r.cell == .lstm ? goBackThroughLSTM(pass, r, gradients) : goBackThroughGRU(pass, r, gradients)
      initial.append(sums.states)
      if needsGradient(node.inputs[0]), let back = sampleValue(like: node.inputs[0], as: .plain) {
        let product = BatchCall.Product(
          rows: samples * r.steps, depth: width, columns: r.features, left: .init(row: width, column: 1),
          right: .init(row: r.features, column: 1))
        add(.multiply(product), [sums.bySequence, pass.weights, nil, back], .together)
        contribute(back, to: node.inputs[0], as: .plain)
      }
      func target(_ position: Int, _ count: Int, from offset: Int = 0, of whole: Int) -> (value: Value, adds: Bool)? {
        guard position < targets.count, let target = targets[position] else { return nil }
        return (program.part(of: target.value, from: direction * whole + offset, count: count), target.adds)
      }
      if let target = target(1, width * r.features, of: width * r.features) {
        addProduct(of: sums.bySequence, sequence, columns: r.features, rows: 0..<width, r, to: target)
      }
      let split = pass.resetStates == nil ? width : 2 * h
      if let target = target(2, split * h, of: width * h) {
        addProduct(of: sums.byState, pass.before, columns: h, rows: 0..<split, r, to: target)
      }
      if let resetStates = pass.resetStates, let target = target(2, h * h, from: split * h, of: width * h) {
        addProduct(of: sums.byState, resetStates, columns: h, rows: split..<width, r, to: target)
      }
      for (half, gradients) in [sums.bySequence, sums.byState].enumerated() {
        guard let target = target(3, width, from: half * width, of: 2 * width) else { continue }
        add(
          .rowSums(rows: samples * r.steps, count: width, stride: width, adds: target.adds),
          [gradients, target.value], .together)
      }
    }
    for state in 0..<(r.cell == .lstm ? 2 : 1) {
      contributeInitial(initial.map { $0[state] }, of: node, 5 + state, r)
    }
    return true
  }

  /// Adds to the gradient by weights: the transposed gradients by some sums of each step, times what the weights apply to.
  private mutating func addProduct(
    of gradients: Value, _ factors: Value, columns: Int, rows: Range<Int>, _ r: Recurrence,
    to target: (value: Value, adds: Bool)
  ) {
    let width = r.gates * r.hidden
    let product = BatchCall.Product(
      rows: rows.count, depth: samples * r.steps, columns: columns, left: .init(row: 1, column: width),
      right: .init(row: columns, column: 1))
    let part = program.part(of: gradients, from: rows.lowerBound, count: r.steps * width - rows.lowerBound)
    addProduct(product, part, factors, to: target)
  }

  /// Adds to the gradient by an initial state, which is given for all directions.
  private mutating func contributeInitial(_ parts: [Value?], of node: Node, _ position: Int, _ r: Recurrence) {
    guard let name = given(node, position), needsGradient(name) else { return }
    let layout = ValueLayout.plain(count: r.hidden)
    let whole = program.sampleValue(.plain(count: r.directions * r.hidden))
    for (direction, part) in parts.enumerated() {
      let to = row(whole, direction, r.hidden)
      if let part { add(.copy(layout), [part, to]) } else { add(.fill(0, layout), [to]) }
    }
    if isConstant(name) {
      let count = r.directions * r.hidden
      contributeSums(of: whole, stride: count, count: count, to: name)
    } else {
      contribute(whole, to: name, as: .plain)
    }
  }

  /// The sum of those there are.
  mutating func sum(_ values: [Value?], _ layout: ValueLayout) -> Value {
    let given = values.compactMap { $0 }
    guard var result = given.first else {
      let zero = program.sampleValue(layout)
      add(.fill(0, layout), [zero])
      return zero
    }
    for value in given.dropFirst() { result = combined(.add, result, value, layout) }
    return result
  }

  mutating func combined(
    _ operation: Tensor.Arithmetic, _ a: Value, _ b: Value, _ layout: ValueLayout, to given: Value? = nil
  ) -> Value {
    let result = given ?? program.sampleValue(layout)
    add(.combine(operation, layout), [a, b, result])
    return result
  }

  /// The gradient by the state before a step from that by some of its gates' sums, the first `depth` numbers of `sums`.
  mutating func gradientByState(_ sums: Value, depth: Int, _ weights: Value, _ r: Recurrence) -> Value {
    let result = program.sampleValue(.plain(count: r.hidden))
    let product = BatchCall.Product(
      rows: samples, depth: depth, columns: r.hidden, left: .init(row: r.steps * r.gates * r.hidden, column: 1),
      right: .init(row: r.hidden, column: 1))
    add(.multiply(product), [sums, weights, nil, result], .together)
    return result
  }
}
