import Networks
import Tensors

// LSTM and GRU, step by step. What the sequence adds to the gates is one product for all steps and samples; what the
// state adds is one a step. Weights' gradients, too, are one product for all steps.
extension GraphBuilder {
  typealias Recurrence = Computation.Recurrence

  /// Steps of all directions at most: each takes some dozens of the program's.
  private static var mostSteps: Int { 10_000 }

  mutating func recur(_ node: Node, _ r: Recurrence) -> Bool {
    guard r.steps <= Self.mostSteps / r.directions, let sequence = operand(node.inputs[0], as: .plain),
      isConstant(node.inputs[1]), isConstant(node.inputs[2]),
      let weights = constant(node.inputs[1]), let recurrence = constant(node.inputs[2])
    else { return false }
    var bias: Value?
    if let name = given(node, 3) {
      guard isConstant(name), let value = constant(name) else { return false }
      bias = value
    }
    let (width, hidden) = (r.gates * r.hidden, r.hidden)
    let rows = ValueLayout.plain(count: r.steps * hidden)
    var passes: [RecurrentPass] = []
    for direction in 0..<r.directions {
      func share(_ value: Value?, _ count: Int, from offset: Int = 0, of whole: Int) -> Value? {
        guard let value else { return nil }
        return program.part(of: value, from: direction * whole + offset, count: count)
      }
      var pass = RecurrentPass(
        order: r.isReverse[direction] ? (0..<r.steps).reversed() : Array(0..<r.steps),
        weights: row(weights, direction, width * r.features), recurrence: row(recurrence, direction, width * hidden),
        bias: share(bias, width, of: 2 * width), recurrentBias: share(bias, width, from: width, of: 2 * width),
        sums: program.sampleValue(.plain(count: r.steps * width)),
        gates: program.sampleValue(.plain(count: r.steps * width)), before: program.sampleValue(rows),
        last: program.sampleValue(.plain(count: hidden)))
      guard begin(pass.before, node, 5, direction, r, at: pass.order[0]) else { return false }
      let product = BatchCall.Product(
        rows: samples * r.steps, depth: r.features, columns: width, left: .init(row: r.features, column: 1),
        right: .init(row: 1, column: r.features))
      add(.multiply(product), [sequence, pass.weights, pass.bias, pass.sums], .together)
      switch r.cell {
      case .lstm:
        let cells = program.sampleValue(rows)
        guard begin(cells, node, 6, direction, r, at: pass.order[0]) else { return false }
        pass.cells = cells
        pass.shown = program.sampleValue(rows)
        pass.lastCell = program.sampleValue(.plain(count: hidden))
        goThroughLSTM(pass, r)
      case .gru(let resetsSums):
        if !resetsSums { pass.resetStates = program.sampleValue(rows) }
        goThroughGRU(&pass, r)
      }
      passes.append(pass)
    }
    keptPasses[node.outputs.joined(separator: "\n")] = passes
    defineOutputs(of: node, passes, r)
    return true
  }

  func given(_ node: Node, _ position: Int) -> String? {
    position < node.inputs.count && !node.inputs[position].isEmpty ? node.inputs[position] : nil
  }

  /// A row of a value that has `width` numbers a step; or some numbers of it.
  mutating func row(_ value: Value, _ step: Int, _ width: Int, from offset: Int = 0, count: Int? = nil) -> Value {
    program.part(of: value, from: step * width + offset, count: count ?? width)
  }

  /// Where the state goes after the step visited as number `index`.
  mutating func after(_ pass: RecurrentPass, _ index: Int, _ rows: Value, _ last: Value, _ hidden: Int) -> Value {
    index + 1 < pass.order.count ? row(rows, pass.order[index + 1], hidden) : last
  }

  /// The state before the first step.
  private mutating func begin(
    _ rows: Value, _ node: Node, _ position: Int, _ direction: Int, _ r: Recurrence, at step: Int
  ) -> Bool {
    let first = row(rows, step, r.hidden)
    guard let name = given(node, position) else {
      add(.fill(0, .plain(count: r.hidden)), [first])
      return true
    }
    guard let state = isConstant(name) ? constant(name) : operand(name, as: .plain) else { return false }
    let own = program.part(of: state, from: direction * r.hidden, count: r.hidden)
    add(.copy(.plain(count: r.hidden)), [own, first])
    return true
  }

  /// What the state before a step adds to the gates of which the weights are given.
  mutating func productOfState(
    _ state: Value, _ r: Recurrence, _ weights: Value, bias: Value?, columns: Int
  ) -> Value {
    let result = program.sampleValue(.plain(count: columns))
    let product = BatchCall.Product(
      rows: samples, depth: r.hidden, columns: columns, left: .init(row: r.steps * r.hidden, column: 1),
      right: .init(row: 1, column: r.hidden))
    add(.multiply(product), [state, weights, bias, result], .together)
    return result
  }

  private mutating func defineOutputs(of node: Node, _ passes: [RecurrentPass], _ r: Recurrence) {
    let one = ValueLayout.plain(count: r.hidden)
    for (position, name) in node.outputs.enumerated() where !name.isEmpty {
      guard let whole = sampleValue(like: name, as: .plain) else { continue }
      for (direction, pass) in passes.enumerated() {
        if position == 0 {
          for (index, step) in pass.order.enumerated() {
            let state = after(pass, index, pass.before, pass.last, r.hidden)
            add(.copy(one), [state, row(whole, step * r.directions + direction, r.hidden)])
          }
        } else if let state = position == 1 ? pass.last : pass.lastCell {
          add(.copy(one), [state, row(whole, direction, r.hidden)])
        }
      }
      define(name, whole, as: .plain)
    }
  }
}
