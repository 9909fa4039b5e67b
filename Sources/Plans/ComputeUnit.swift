/// A piece of a stage that a seat computes in one go.
public enum ComputeUnit: Sendable, Hashable {
  /// The rows that the seat owns.
  case own
  /// The rows of another seat that this seat replicates.
  case replica(of: Int)
}

/// A value that a seat holds whole while an attempt runs.
public enum GatheredValue: Sendable, Hashable {
  /// A network input, by its index in the plan's `inputs`.
  case input(Int)
  /// What a stage exchanges, by its index in the plan's `stages`.
  case stage(Int)
}

extension Plan {
  /// Rows of `stage` that `seat` computes in `unit`, ascending.
  public func rows(ofStage stage: Int, unit: ComputeUnit, at seat: Int) -> [Int] {
    switch unit {
    case .own: stages[stage].ownRows(of: seat)
    case .replica(let owner): stages[stage].replicaRows(of: owner, at: seat)
    }
  }

  /// The units of `stage` that `seat` has rows in: its own, then replicas by owner.
  public func units(ofStage stage: Int, at seat: Int) -> [ComputeUnit] {
    let stage = stages[stage]
    let owners = Set(stage.replicas[seat].map { stage.owners[$0] }).sorted()
    return (stage.owners.contains(seat) ? [.own] : []) + owners.map(ComputeUnit.replica(of:))
  }

  /// The value with this name among the network's inputs and the exchanged ones.
  public func gatheredValue(named name: String) -> GatheredValue? {
    if let index = stages.firstIndex(where: { $0.output.name == name }) { return .stage(index) }
    return inputs.firstIndex { $0.name == name }.map(GatheredValue.input)
  }
}
