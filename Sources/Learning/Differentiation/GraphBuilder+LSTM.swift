import Networks
import Tensors

extension GraphBuilder {
  mutating func goThroughLSTM(_ pass: RecurrentPass, _ r: Recurrence) {
    guard let cells = pass.cells, let lastCell = pass.lastCell, let shown = pass.shown else { return }
    let (h, width) = (r.hidden, 4 * r.hidden)
    let one = ValueLayout.plain(count: h)
    for (index, step) in pass.order.enumerated() {
      let fromState = productOfState(
        row(pass.before, step, h), r, pass.recurrence, bias: pass.recurrentBias, columns: width)
      let sums = row(pass.sums, step, width)
      add(.combine(.add, .plain(count: width)), [sums, fromState, sums])
      add(
        .apply(.sigmoid, .plain(count: 3 * h)),
        [row(pass.sums, step, width, count: 3 * h), row(pass.gates, step, width, count: 3 * h)])
      let (input, output) = (
        row(pass.gates, step, width, count: h), row(pass.gates, step, width, from: h, count: h)
      )
      let (forget, cell) = (
        row(pass.gates, step, width, from: 2 * h, count: h), row(pass.gates, step, width, from: 3 * h, count: h)
      )
      add(.apply(.tanh, one), [row(pass.sums, step, width, from: 3 * h, count: h), cell])
      let (kept, taken) = (program.sampleValue(one), program.sampleValue(one))
      add(.combine(.multiply, one), [forget, row(cells, step, h), kept])
      add(.combine(.multiply, one), [input, cell, taken])
      let now = after(pass, index, cells, lastCell, h)
      add(.combine(.add, one), [kept, taken, now])
      add(.apply(.tanh, one), [now, row(shown, step, h)])
      add(.combine(.multiply, one), [output, row(shown, step, h), after(pass, index, pass.before, pass.last, h)])
    }
  }

  mutating func goBackThroughLSTM(
    _ pass: RecurrentPass, _ r: Recurrence, _ outputs: RecurrentPass.OutputGradients
  ) -> RecurrentPass.SumGradients {
    let (h, width) = (r.hidden, 4 * r.hidden)
    let (one, three) = (ValueLayout.plain(count: h), ValueLayout.plain(count: 3 * h))
    let sums = program.sampleValue(.plain(count: r.steps * width))
    guard let cells = pass.cells, let lastCell = pass.lastCell, let shown = pass.shown else {
      return RecurrentPass.SumGradients(bySequence: sums, byState: sums)
    }
    var (byState, byCell) = (outputs.last, outputs.lastCell)
    for (index, step) in pass.order.enumerated().reversed() {
      func gate(_ number: Int) -> Value { row(pass.gates, step, width, from: number * h, count: h) }
      let byOutput = sum([byState, outputs.steps[step]], one)
      let byShown = combined(.multiply, byOutput, gate(1), one)
      let throughShown = program.sampleValue(one)
      add(.gradient(by: .tanh, one), [after(pass, index, cells, lastCell, h), byShown, throughShown])
      let byNow = sum([byCell, throughShown], one)
      let byGates = program.sampleValue(.plain(count: width))
      func part(_ number: Int) -> Value { program.part(of: byGates, from: number * h, count: h) }
      _ = combined(.multiply, byNow, gate(3), one, to: part(0))
      _ = combined(.multiply, byOutput, row(shown, step, h), one, to: part(1))
      _ = combined(.multiply, byNow, row(cells, step, h), one, to: part(2))
      _ = combined(.multiply, byNow, gate(0), one, to: part(3))
      byCell = combined(.multiply, byNow, gate(2), one)
      add(
        .gradient(by: .sigmoid, three),
        [
          row(pass.sums, step, width, count: 3 * h), program.part(of: byGates, from: 0, count: 3 * h),
          row(sums, step, width, count: 3 * h),
        ])
      add(
        .gradient(by: .tanh, one),
        [
          row(pass.sums, step, width, from: 3 * h, count: h), part(3), row(sums, step, width, from: 3 * h, count: h),
        ])
      byState = gradientByState(row(sums, step, width), depth: width, pass.recurrence, r)
    }
    return RecurrentPass.SumGradients(bySequence: sums, byState: sums, states: [byState, byCell])
  }
}
