import Networks
import Tensors

extension GraphBuilder {
  mutating func goThroughGRU(_ pass: inout RecurrentPass, _ r: Recurrence) {
    let (h, width) = (r.hidden, 3 * r.hidden)
    let (one, two) = (ValueLayout.plain(count: h), ValueLayout.plain(count: 2 * h))
    // Where the reset gate applies to the state, the hidden gate's weights get theirs later.
    let first = program.part(of: pass.recurrence, from: 0, count: 2 * h * h)
    let hiddenGate = program.part(of: pass.recurrence, from: 2 * h * h, count: h * h)
    let firstBias = pass.recurrentBias.map { program.part(of: $0, from: 0, count: 2 * h) }
    let hiddenBias = pass.recurrentBias.map { program.part(of: $0, from: 2 * h, count: h) }
    var products: [Int: Value] = [:]
    for (index, step) in pass.order.enumerated() {
      let state = row(pass.before, step, h)
      let fromState =
        pass.resetStates == nil
        ? productOfState(state, r, pass.recurrence, bias: pass.recurrentBias, columns: width)
        : productOfState(state, r, first, bias: firstBias, columns: 2 * h)
      products[step] = fromState
      let sums = row(pass.sums, step, width, count: 2 * h)
      add(.combine(.add, two), [sums, program.part(of: fromState, from: 0, count: 2 * h), sums])
      add(.apply(.sigmoid, two), [sums, row(pass.gates, step, width, count: 2 * h)])
      let (update, reset) = (
        row(pass.gates, step, width, count: h), row(pass.gates, step, width, from: h, count: h)
      )
      let hidden = row(pass.gates, step, width, from: 2 * h, count: h)
      let hiddenSums = row(pass.sums, step, width, from: 2 * h, count: h)
      if let resetStates = pass.resetStates {
        let resetState = row(resetStates, step, h)
        add(.combine(.multiply, one), [reset, state, resetState])
        let more = productOfState(resetState, r, hiddenGate, bias: hiddenBias, columns: h)
        add(.combine(.add, one), [hiddenSums, more, hiddenSums])
      } else {
        let more = program.sampleValue(one)
        add(.combine(.multiply, one), [reset, program.part(of: fromState, from: 2 * h, count: h), more])
        add(.combine(.add, one), [hiddenSums, more, hiddenSums])
      }
      add(.apply(.tanh, one), [hiddenSums, hidden])
      // (1 - update) * hidden + update * state.
      let difference = program.sampleValue(one)
      add(.combine(.subtract, one), [state, hidden, difference])
      let share = program.sampleValue(one)
      add(.combine(.multiply, one), [update, difference, share])
      add(.combine(.add, one), [hidden, share, after(pass, index, pass.before, pass.last, h)])
    }
    if pass.resetStates == nil { pass.fromState = (0..<r.steps).compactMap { products[$0] } }
  }

  mutating func goBackThroughGRU(
    _ pass: RecurrentPass, _ r: Recurrence, _ outputs: RecurrentPass.OutputGradients
  ) -> RecurrentPass.SumGradients {
    let (h, width) = (r.hidden, 3 * r.hidden)
    let (one, two) = (ValueLayout.plain(count: h), ValueLayout.plain(count: 2 * h))
    let sums = program.sampleValue(.plain(count: r.steps * width))
    let stateSums = pass.resetStates == nil ? program.sampleValue(.plain(count: r.steps * width)) : sums
    let hiddenGate = program.part(of: pass.recurrence, from: 2 * h * h, count: h * h)
    var byState = outputs.last
    for step in pass.order.reversed() {
      func gate(_ number: Int) -> Value { row(pass.gates, step, width, from: number * h, count: h) }
      let state = row(pass.before, step, h)
      let byOutput = sum([byState, outputs.steps[step]], one)
      let byGates = program.sampleValue(two)
      func part(_ number: Int) -> Value { program.part(of: byGates, from: number * h, count: h) }
      let difference = combined(.subtract, state, gate(2), one)
      _ = combined(.multiply, byOutput, difference, one, to: part(0))
      let kept = combined(.multiply, byOutput, gate(0), one)
      let byHidden = combined(.subtract, byOutput, kept, one)
      let byHiddenSums = row(sums, step, width, from: 2 * h, count: h)
      add(.gradient(by: .tanh, one), [row(pass.sums, step, width, from: 2 * h, count: h), byHidden, byHiddenSums])
      var through: Value?
      if pass.resetStates != nil {
        let byResetState = gradientByState(byHiddenSums, depth: h, hiddenGate, r)
        _ = combined(.multiply, byResetState, state, one, to: part(1))
        through = combined(.multiply, byResetState, gate(1), one)
      } else {
        let fromState = program.part(of: pass.fromState[step], from: 2 * h, count: h)
        _ = combined(.multiply, byHiddenSums, fromState, one, to: part(1))
        _ = combined(
          .multiply, byHiddenSums, gate(1), one, to: row(stateSums, step, width, from: 2 * h, count: h))
      }
      let first = row(sums, step, width, count: 2 * h)
      add(.gradient(by: .sigmoid, two), [row(pass.sums, step, width, count: 2 * h), byGates, first])
      if pass.resetStates == nil { add(.copy(two), [first, row(stateSums, step, width, count: 2 * h)]) }
      let back = gradientByState(
        row(stateSums, step, width), depth: pass.resetStates == nil ? width : 2 * h, pass.recurrence, r)
      byState = sum([kept, through, back], one)
    }
    return RecurrentPass.SumGradients(bySequence: sums, byState: stateSums, states: [byState])
  }
}
