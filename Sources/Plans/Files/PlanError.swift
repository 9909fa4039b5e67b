/// What can be wrong with a plan: one line that names the field and the remedy.
public enum PlanError: Error, Equatable, Sendable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case unwritable(path: String, reason: String)
  /// Written by a later version, or not a plan at all.
  case unsupportedVersion(String)
  /// A field that is malformed, unknown, missing, over its limit or at odds with others.
  case invalid(field: String, reason: String)
  /// The plan was made for something else.
  case mismatch(field: String, plan: String, network: String)

  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read plan \(path): \(reason)"
    case .unwritable(let path, let reason): "cannot write plan \(path): \(reason)"
    case .unsupportedVersion(let found):
      "plan field 'formatVersion': \(found), but this edgemesh reads \(Plan.formatVersion); use the version that made it"
    case .invalid(let field, let reason): "plan field '\(field)': \(reason); make the plan again with 'edgemesh plan'"
    case .mismatch(let field, let plan, let network):
      "the plan is for another network: its \(field) is \(plan), the network's is \(network); "
        + "make a plan for this network with 'edgemesh plan'"
    }
  }

  init(_ error: JSONError) { self = .invalid(field: error.field, reason: error.reason) }
}
