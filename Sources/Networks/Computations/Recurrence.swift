extension Computation {
  /// An LSTM or a GRU with sigmoid and tanh, over all steps of a sequence: without clip, peepholes, coupled gates and
  /// lengths.
  ///
  /// With S steps, I features, D directions and H hidden units, of G gates, operands are: sequence `[S, 1, I]`, weights
  /// `[D, G * H, I]` and `[D, G * H, H]`, biases `[D, 2 * G * H]` or none, a place that is empty, initial hidden state
  /// `[D, 1, H]` or none, the LSTM's initial cell state or none. Outputs are `[S, D, 1, H]`, and the last states.
  public struct Recurrence: Hashable, Sendable {
    public enum Cell: Hashable, Sendable {
      /// Gates: input, output, forget, cell.
      case lstm
      /// Gates: update, reset, hidden. The reset gate applies to the state's sums, or to the state itself.
      case gru(resetsSums: Bool)
    }

    public var cell: Cell
    public var steps, features, hidden: Int
    /// Of each direction whether it begins with the last step.
    public var isReverse: [Bool]

    public var gates: Int { cell == .lstm ? 4 : 3 }
    public var directions: Int { isReverse.count }
  }
}

extension RecurrentAttributes {
  /// Nil where gates have other functions, or the node is given what `Computation.Recurrence` does without.
  func recurrence(
    _ cell: Computation.Recurrence.Cell, _ node: Node, _ extents: Extents
  ) -> Computation.Recurrence? {
    let usual: [GateFunction] = cell == .lstm ? [.sigmoid, .tanh, .tanh] : [.sigmoid, .tanh]
    func isGiven(_ position: Int) -> Bool { position < node.inputs.count && !node.inputs[position].isEmpty }
    guard functions.allSatisfy({ $0 == usual }), clip == .infinity, extents.samples == 1, !isGiven(4), !isGiven(7)
    else { return nil }
    return Computation.Recurrence(
      cell: cell, steps: extents.steps, features: extents.features, hidden: extents.hidden,
      isReverse: (0..<directions).map(isReverse))
  }
}
