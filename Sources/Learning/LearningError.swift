/// What can be wrong with training: one line that names the thing and the remedy.
public enum LearningError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A data set's file that cannot be read, or does not hold what its name promises.
  case unreadableData(path: String, reason: String)
  /// A data set or an option that does not fit the network.
  case mismatch(String)
  /// A node that cannot be trained.
  case untrainable(node: String, operatorType: String, reason: String)
  /// The loss, or what led to it, is no longer a number.
  case diverged(step: Int, node: String, operatorType: String)
  /// A checkpoint that cannot be read, or is another run's.
  case unusableCheckpoint(path: String, reason: String)
  /// A file that could not be written; what was there before is still there.
  case unwritable(path: String, reason: String)
  /// An architecture that is not there.
  case unknownArchitecture(name: String, known: [String])

  public var description: String {
    switch self {
    case .unreadableData(let path, let reason): "cannot use \(path): \(reason)"
    case .mismatch(let reason): reason
    case .untrainable(let node, let type, let reason): "node '\(node)' (\(type)) cannot be trained: \(reason)"
    case .diverged(let step, let node, let type):
      "training diverged at step \(step): the output of node '\(node)' (\(type)) is not finite; "
        + "try a lower learning rate"
    case .unusableCheckpoint(let path, let reason): "cannot resume from \(path): \(reason)"
    case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
    case .unknownArchitecture(let name, let known):
      "there is no architecture '\(name)'; there are \(known.joined(separator: ", "))"
    }
  }
}
