/// What can be wrong with a shard: one line that names the thing and the remedy.
public enum ShardError: Error, Equatable, Sendable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case unwritable(path: String, reason: String)
  /// The file is not a safetensors file that we can trust.
  case malformed(String)
  /// The file's metadata lacks something or contradicts itself.
  case invalid(field: String, reason: String)
  /// The shard is of another network, plan or seat.
  case mismatch(field: String, found: String, expected: String)

  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read shard \(path): \(reason)"
    case .unwritable(let path, let reason): "cannot write shard \(path): \(reason)"
    case .malformed(let reason): "not a readable shard: \(reason); deploy the network again"
    case .invalid(let field, let reason): "shard field '\(field)': \(reason); deploy the network again"
    case .mismatch(let field, let found, let expected):
      "the shard's \(field) is \(found), but the plan wants \(expected); deploy the network again"
    }
  }
}
