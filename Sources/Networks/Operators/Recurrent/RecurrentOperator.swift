import Tensors

/// Operators that go through a sequence step by step and carry a state along.
///
/// Every hidden unit of a step needs all of the step before, so only samples can be computed apart: their seat computes
/// such an operator whole.
protocol RecurrentOperator: Operator {
  associatedtype Cell: RecurrentCell
  var attributes: RecurrentAttributes { get }
  /// Initial states that may be given, and final states that may be wanted.
  static var states: Int { get }
  /// The arithmetic of a direction, with its weights.
  func cell(direction: Int, _ extents: RecurrentAttributes.Extents, _ inputs: [RuntimeValue?]) throws(NetworkError)
    -> Cell
}

/// The arithmetic of one direction.
protocol RecurrentCell {
  /// One step for one sample: `input` holds the gates' sums from the sequence, `recurrent` those from `hidden`, gate after
  /// gate; `states` are changed (the hidden state first).
  func step(_ input: Span<Float>, _ recurrent: Span<Float>, sample: Int, _ states: inout RecurrentStates)
  /// What is added to the sums from the sequence, and to those from the hidden state.
  var biases: (input: [Float]?, recurrent: [Float]?) { get }
}

/// The states of all samples, `[N, H]` each.
struct RecurrentStates {
  var hidden: [Float]
  var cell: [Float]
}

extension RecurrentOperator {
  var identity: NodeIdentity { attributes.identity }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    try attributes.outputShapes(try attributes.extents(inputs, states: Self.states))
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard attributes.outputCount == 1, axis == (attributes.samplesFirst ? 0 : 2) else { return nil }
    return RowRule(
      inputs.indices.map { position in
        switch position {
        case 0, 5..<5 + Self.states:
          .rows(axis: attributes.samplesFirst ? 0 : 1, start: 0, step: 1)
        case 4: .rows(axis: 0, start: 0, step: 1)
        default: .whole
        }
      })
  }

  func multiplyAccumulates(inputs: [Shape?], outputs: [Shape]) -> Int {
    guard let extents = try? attributes.extents(inputs, states: Self.states) else { return 0 }
    return cappedProduct([
      extents.steps, extents.samples, attributes.directions, attributes.gates, extents.hidden,
      extents.features + extents.hidden,
    ])
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let extents = try attributes.extents(inputs.map { $0?.shape }, states: Self.states)
    let (steps, samples, hidden) = (extents.steps, extents.samples, extents.hidden)
    var sequence = try identity.tensor(inputs, 0)
    if attributes.samplesFirst { sequence = sequence.transposed([1, 0, 2]) }
    let lengths = try self.lengths(inputs, extents)
    let directions = attributes.directions
    var all = [Float](repeating: 0, count: steps * directions * samples * hidden)
    var finals = RecurrentStates(hidden: [], cell: [])
    for direction in 0..<directions {
      var run = RecurrentRun(
        try cell(direction: direction, extents, inputs), sequence: sequence, lengths: lengths, extents,
        states: RecurrentStates(
          hidden: try initial(5, direction, inputs, extents), cell: try initial(6, direction, inputs, extents)),
        weights: try identity.tensor(inputs, 1).part(direction),
        recurrence: try identity.tensor(inputs, 2).part(direction))
      run.go(backwards: attributes.isReverse(direction)) { step, sample, values in
        let at = ((step * directions + direction) * samples + sample) * hidden
        for unit in 0..<hidden { all[at + unit] = values[sample * hidden + unit] }
      }
      finals.hidden += run.states.hidden
      finals.cell += run.states.cell
    }
    let shapes = [
      [steps, directions, samples, hidden], [directions, samples, hidden], [directions, samples, hidden],
    ]
    let orders = [[2, 0, 1, 3], [1, 0, 2], [1, 0, 2]]
    return zip([all, finals.hidden, finals.cell], zip(shapes, orders)).prefix(attributes.outputCount).map {
      let tensor = Tensor(shape: Shape($1.0), elements: $0)
      return .tensor(attributes.samplesFirst ? tensor.transposed($1.1) : tensor)
    }
  }

  /// The steps of each sample.
  private func lengths(
    _ inputs: [RuntimeValue?], _ extents: RecurrentAttributes.Extents
  ) throws(NetworkError) -> [Int] {
    guard inputs.count > 4, let value = inputs[4] else {
      return [Int](repeating: extents.steps, count: extents.samples)
    }
    var lengths: [Int] = []
    for number in value.asTensor.elements {
      guard let length = Int(exactly: number), length >= 0, length <= extents.steps else {
        throw identity.invalid("a sequence of \(number) steps is not within its \(extents.steps)")
      }
      lengths.append(length)
    }
    return lengths
  }

  /// A direction's initial state, `[N, H]`.
  private func initial(
    _ position: Int, _ direction: Int, _ inputs: [RuntimeValue?], _ extents: RecurrentAttributes.Extents
  ) throws(NetworkError) -> [Float] {
    guard position < 5 + Self.states else { return [] }
    guard position < inputs.count, let value = inputs[position] else {
      return [Float](repeating: 0, count: extents.samples * extents.hidden)
    }
    let state = attributes.samplesFirst ? value.asTensor.transposed([1, 0, 2]) : value.asTensor
    return state.part(direction).elements
  }
}

extension Tensor {
  /// The part at an index of the first axis; shares the storage where it is all.
  func part(_ index: Int) -> Tensor {
    let rest = Shape(Array(shape.dimensions.dropFirst()))
    return shape[0] == 1 ? reshaped(to: rest) : selecting(indices: [index], axis: 0).reshaped(to: rest)
  }
}
