public import Networks
public import Plans

/// Why a slice could not be computed: one line that names the thing.
public enum ExecutionError: Error, Sendable, CustomStringConvertible {
  /// The seat has no such rows in the plan.
  case noRows(stage: Int, unit: ComputeUnit)
  /// There is no such stage, input or row, or the bytes do not fit.
  case misplaced(GatheredValue, reason: String)
  /// Rows of a value that is computed from have neither arrived nor been filled.
  case incomplete(GatheredValue, missingRows: Int)
  /// The value was dropped after its last consumer.
  case released(GatheredValue)
  /// The shard does not go with the plan.
  case shard(ShardError)
  case network(NetworkError)

  public var description: String {
    switch self {
    case .noRows(let stage, let unit): "stage \(stage): this seat has no rows (\(unit))"
    case .misplaced(let value, let reason): "\(value): \(reason)"
    case .incomplete(let value, let missing): "\(value): \(missing) rows have neither arrived nor been filled"
    case .released(let value): "\(value) was dropped after its last use"
    case .shard(let error): error.description
    case .network(let error): error.description
    }
  }
}
