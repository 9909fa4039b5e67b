import Networks
import Tensors

/// The values of a recurrence in one direction. Rows stand in the order of the sequence, whichever way it is gone through.
struct RecurrentPass {
  typealias Value = BatchProgram.Value

  /// The places in the sequence in the order in which they are visited.
  let order: [Int]
  /// The direction's part of weights and biases.
  let weights, recurrence: Value
  let bias, recurrentBias: Value?
  /// What goes into the gates' functions, and what comes out: a row of G * H a step.
  let sums, gates: Value
  /// The hidden state before each step, and after the last.
  let before, last: Value
  /// An LSTM's cell state before each step, after the last, and tanh of it after each.
  var cells, lastCell, shown: Value?
  /// A GRU's reset state, a row a step.
  var resetStates: Value?
  /// What the hidden state adds to a GRU's sums, a value a step, in the sequence's order.
  var fromState: [Value] = []

  /// Gradients of the loss by the direction's outputs, nil where it does not depend on them.
  struct OutputGradients {
    /// By the hidden state after each step, in the sequence's order.
    var steps: [Value?]
    var last, lastCell: Value?
  }

  /// Gradients by what the gates' sums are made of, a row of G * H a step: by the sums from the sequence, and by those
  /// from the state. They are the same but for a GRU whose reset gate applies to the latter.
  struct SumGradients {
    var bySequence, byState: Value
    /// By the initial hidden state, and an LSTM's cell state.
    var states: [Value?] = [nil, nil]
  }
}
