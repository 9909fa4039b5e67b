import Networks

/// Networks that read a picture row by row.
extension Architecture {
  /// Long short-term memory (Hochreiter and Schmidhuber, 1997) of 128 units.
  static let lstm = Architecture("lstm") {
    Layer.rows
    Layer.recurrent("lstm", "LSTM", gates: 4, units: 128, state: 1)
  }

  /// Gated recurrent units (Cho et al., 2014), 128 of them.
  static let gru = Architecture("gru") {
    Layer.rows
    Layer.recurrent("gru", "GRU", gates: 3, units: 128, state: 1, ["linear_before_reset": .integer(1)])
  }
}
