import Foundation
import Networks

/// LSTM and GRU by their equations, unit by unit.
struct RecurrenceReference {
  /// After each step, `[S, D, H]`.
  var states: [Double]
  /// `[D, H]`.
  var last: [Double] = []
  var lastCell: [Double] = []

  init(_ r: Computation.Recurrence, _ sequence: [Double], _ inputs: [[Double]?]) {
    let (h, gates, directions) = (r.hidden, r.gates, r.directions)
    func given(_ position: Int) -> [Double]? { position < inputs.count ? inputs[position] : nil }
    let (w, recurrent) = (inputs[1] ?? [], inputs[2] ?? [])
    states = [Double](repeating: 0, count: r.steps * directions * h)
    for d in 0..<directions {
      var state = given(5).map { Array($0[d * h..<(d + 1) * h]) } ?? [Double](repeating: 0, count: h)
      var cell = given(6).map { Array($0[d * h..<(d + 1) * h]) } ?? [Double](repeating: 0, count: h)
      for step in r.isReverse[d] ? (0..<r.steps).reversed() : Array(0..<r.steps) {
        /// What the sequence adds to a gate of a unit.
        func fromSequence(_ gate: Int, _ unit: Int) -> Double {
          let row = (d * gates + gate) * h + unit
          let bias = given(3)?[d * 2 * gates * h + gate * h + unit] ?? 0
          return bias
            + (0..<r.features).reduce(0) { $0 + w[row * r.features + $1] * sequence[step * r.features + $1] }
        }
        /// What a state adds.
        func fromState(_ gate: Int, _ unit: Int, _ state: [Double]) -> Double {
          let row = (d * gates + gate) * h + unit
          let bias = given(3)?[d * 2 * gates * h + gates * h + gate * h + unit] ?? 0
          return bias + (0..<h).reduce(0) { $0 + recurrent[row * h + $1] * state[$1] }
        }
        func gate(_ number: Int, _ unit: Int) -> Double {
          1 / (1 + exp(-fromSequence(number, unit) - fromState(number, unit, state)))
        }
        var next = state
        switch r.cell {
        case .lstm:
          for unit in 0..<h {
            cell[unit] =
              gate(2, unit) * cell[unit] + gate(0, unit) * tanh(fromSequence(3, unit) + fromState(3, unit, state))
            next[unit] = gate(1, unit) * tanh(cell[unit])
          }
        case .gru(let resetsSums):
          let resetState = state.enumerated().map { gate(1, $0) * $1 }
          for unit in 0..<h {
            let more = resetsSums ? gate(1, unit) * fromState(2, unit, state) : fromState(2, unit, resetState)
            let update = gate(0, unit)
            next[unit] = (1 - update) * tanh(fromSequence(2, unit) + more) + update * state[unit]
          }
        }
        state = next
        for unit in 0..<h { states[(step * directions + d) * h + unit] = state[unit] }
      }
      last += state
      lastCell += cell
    }
  }
}
