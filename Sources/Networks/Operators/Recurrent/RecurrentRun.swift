import Tensors

/// A cell going through a sequence, all samples side by side.
///
/// What the sequence itself adds to the gates is one matrix product for many steps; what the state adds is one a step.
struct RecurrentRun<Cell: RecurrentCell> {
  private let cell: Cell
  private let sequence: Tensor
  private let lengths: [Int]
  private let extents: RecurrentAttributes.Extents
  private let fromSequence: PackedLinear
  private let fromState: PackedLinear
  private(set) var states: RecurrentStates

  /// Gate sums that are held at once at most, but for one step's.
  private static var sumsAtOnce: Int { 1 << 20 }

  init(
    _ cell: Cell, sequence: Tensor, lengths: [Int], _ extents: RecurrentAttributes.Extents, states: RecurrentStates,
    weights: Tensor, recurrence: Tensor
  ) {
    self.cell = cell
    self.sequence = sequence.reshaped(to: [extents.steps, extents.samples * extents.features])
    self.lengths = lengths
    self.extents = extents
    self.states = states
    let biases = cell.biases
    fromSequence = PackedLinear(weights: weights, bias: biases.input)
    fromState = PackedLinear(weights: recurrence, bias: biases.recurrent)
  }

  /// Tells the hidden states `[N, H]` after each step of each sample. A sample's steps are those within its length;
  /// after its last one its state stays. One without steps ends with zeros.
  mutating func go(backwards: Bool, _ told: (_ step: Int, _ sample: Int, _ hidden: [Float]) -> Void) {
    let sums = fromSequence.outputs
    let together = Swift.max(1, Self.sumsAtOnce / Swift.max(1, extents.samples * sums))
    let order = Array(backwards ? Array((0..<extents.steps).reversed()) : Array(0..<extents.steps))
    var first = 0
    while first < order.count {
      let steps = Array(order[first..<Swift.min(first + together, order.count)])
      let inputs = sequence.selecting(indices: steps, axis: 0).reshaped(
        to: [steps.count * extents.samples, extents.features])
      let gates = fromSequence(inputs).elements
      for (place, step) in steps.enumerated() {
        take(step, gates.span.extracting(place * extents.samples * sums..<(place + 1) * extents.samples * sums), told)
      }
      first += steps.count
    }
    for (sample, length) in lengths.enumerated() where length == 0 {
      for unit in sample * extents.hidden..<(sample + 1) * extents.hidden {
        states.hidden[unit] = 0
        if !states.cell.isEmpty { states.cell[unit] = 0 }
      }
    }
  }

  private mutating func take(_ step: Int, _ gates: Span<Float>, _ told: (Int, Int, [Float]) -> Void) {
    let sums = fromSequence.outputs
    let recurrent = fromState(Tensor(shape: [extents.samples, extents.hidden], elements: states.hidden)).elements
    for sample in 0..<extents.samples where step < lengths[sample] {
      let own = sample * sums..<(sample + 1) * sums
      cell.step(gates.extracting(own), recurrent.span.extracting(own), sample: sample, &states)
      told(step, sample, states.hidden)
    }
  }
}
