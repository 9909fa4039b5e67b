import Foundation
import Networks

extension Reference {
  /// RNN, GRU and LSTM by ONNX's equations, a unit at a time.
  func recurrent() -> [Values] {
    let samplesFirst = integer("layout", 0) == 1
    func sequence(_ step: Int, _ sample: Int, _ feature: Int) -> Double {
      x[samplesFirst ? [sample, step, feature] : [step, sample, feature]]
    }
    let (w, r) = (inputs[1]!, inputs[2]!)
    let (directions, hidden) = (w.shape[0], r.shape[2])
    let steps = x.shape[samplesFirst ? 1 : 0]
    let samples = x.shape[samplesFirst ? 0 : 1]
    let gates = w.shape[1] / hidden
    func input(_ position: Int) -> Values? { position < inputs.count ? inputs[position] : nil }
    var all = Values([steps, directions, samples, hidden]) { _ in 0 }
    var lastHidden = Values([directions, samples, hidden]) { _ in 0 }
    var lastCell = lastHidden
    var isReverse = false
    if case .string("reverse") = node.attributes["direction"] { isReverse = true }
    for d in 0..<directions {
      let f = functions(d)
      for n in 0..<samples {
        let length = input(4)?.integers[n] ?? steps
        func initial(_ position: Int) -> [Double] {
          (0..<hidden).map { input(position)?[samplesFirst ? [n, d, $0] : [d, n, $0]] ?? 0 }
        }
        var h = initial(5)
        var c = node.operatorType == "LSTM" ? initial(6) : []
        for place in 0..<length {
          let step = isReverse || d == 1 ? length - 1 - place : place
          func own(_ gate: Int, _ unit: Int) -> Double {
            let row = gate * hidden + unit
            return (0..<x.shape[2]).reduce(input(3)?[[d, row]] ?? 0) { $0 + sequence(step, n, $1) * w[[d, row, $1]] }
          }
          func fromState(_ gate: Int, _ unit: Int, _ state: [Double]) -> Double {
            let row = gate * hidden + unit
            return (0..<hidden).reduce(input(3)?[[d, gates * hidden + row]] ?? 0) {
              $0 + state[$1] * r[[d, row, $1]]
            }
          }
          let old = h
          let oldCell = c
          for unit in 0..<hidden {
            func peephole(_ gate: Int) -> Double { input(7)?[[d, gate * hidden + unit]] ?? 0 }
            func sum(_ gate: Int) -> Double { own(gate, unit) + fromState(gate, unit, old) }
            switch node.operatorType {
            case "RNN": h[unit] = f[0](sum(0))
            case "GRU":
              let z = f[0](sum(0))
              let candidate: Double
              if integer("linear_before_reset", 0) == 1 {
                candidate = own(2, unit) + f[0](sum(1)) * fromState(2, unit, old)
              } else {
                let reset = (0..<hidden).map { f[0](own(1, $0) + fromState(1, $0, old)) * old[$0] }
                candidate = own(2, unit) + fromState(2, unit, reset)
              }
              h[unit] = (1 - z) * f[1](candidate) + z * old[unit]
            default:
              let i = f[0](sum(0) + peephole(0) * oldCell[unit])
              let kept = integer("input_forget", 0) == 1 ? 1 - i : f[0](sum(2) + peephole(2) * oldCell[unit])
              c[unit] = kept * oldCell[unit] + i * f[1](sum(3))
              h[unit] = f[0](sum(1) + peephole(1) * c[unit]) * f[2](c[unit])
            }
            all.elements[((step * directions + d) * samples + n) * hidden + unit] = h[unit]
          }
        }
        for unit in 0..<hidden where length > 0 {
          lastHidden.elements[(d * samples + n) * hidden + unit] = h[unit]
          if !c.isEmpty { lastCell.elements[(d * samples + n) * hidden + unit] = c[unit] }
        }
      }
    }
    guard samplesFirst else { return [all, lastHidden, lastCell] }
    let states = [lastHidden, lastCell].map { state in
      Values([samples, directions, hidden]) { state[[$0[1], $0[0], $0[2]]] }
    }
    return [Values([samples, steps, directions, hidden]) { all[[$0[1], $0[2], $0[0], $0[3]]] }] + states
  }

  /// A direction's functions, each of what it is given within the clip.
  private func functions(_ direction: Int) -> [(Double) -> Double] {
    var names = ["RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"]][node.operatorType] ?? ["Sigmoid", "Tanh", "Tanh"]
    let count = names.count
    if case .strings(let given) = node.attributes["activations"] { names = given } else { names += names }
    var alphas: [Float] = []
    var betas: [Float] = []
    if case .floats(let list) = node.attributes["activation_alpha"] { alphas = list }
    if case .floats(let list) = node.attributes["activation_beta"] { betas = list }
    func next(_ list: inout [Float], _ fallback: Double) -> Double {
      list.isEmpty ? fallback : Double(list.removeFirst())
    }
    let all: [(Double) -> Double] = names.map { name in
      switch name {
      case "Sigmoid": return { 1 / (1 + exp(-$0)) }
      case "Tanh": return { tanh($0) }
      case "Relu": return { Swift.max(0, $0) }
      case "Softsign": return { $0 / (1 + abs($0)) }
      case "Softplus": return { log(1 + exp($0)) }
      case "LeakyRelu":
        let a = next(&alphas, 0.01)
        return { $0 < 0 ? a * $0 : $0 }
      case "ThresholdedRelu":
        let a = next(&alphas, 1)
        return { $0 > a ? $0 : 0 }
      case "Elu":
        let a = next(&alphas, 1)
        return { $0 < 0 ? a * (exp($0) - 1) : $0 }
      case "HardSigmoid":
        let (a, b) = (next(&alphas, 0.2), next(&betas, 0.5))
        return { Swift.max(0, Swift.min(1, a * $0 + b)) }
      case "Affine":
        let (a, b) = (next(&alphas, 1), next(&betas, 0))
        return { a * $0 + b }
      default:
        let (a, b) = (next(&alphas, 1), next(&betas, 1))
        return { a * tanh(b * $0) }
      }
    }
    let clip = float("clip", .infinity)
    let own = Array(all[direction * count..<(direction + 1) * count])
    // A cell's output is no gate: nothing brings it within the clip.
    return own.enumerated().map { index, function in
      index == 2 ? function : { function(Swift.min(clip, Swift.max(-clip, $0))) }
    }
  }
}
