public import Plans

/// Why no plan could be made: one line that names the thing and the remedy.
public enum PlanningError: Error, Equatable, Sendable, CustomStringConvertible {
  case seatCount(Int)
  case replicateShare(Double)
  case unknownStrategy(String, known: [String])
  /// A weight that is not a number.
  case notFinite(constant: String)
  /// No operator is worth an exchange.
  case nothingToShare(network: String)
  /// Bytes that the neediest seat takes, and how many it has.
  case memory(seat: Int, needed: Int, allowed: Int)
  /// The plan that came out is not one: an error of the strategy.
  case plan(PlanError)

  public var description: String {
    switch self {
    case .seatCount(let count): "--seats is \(count); a plan has 1...\(PlanLimits.seats) seats"
    case .replicateShare(let share): "--replicate is \(share); give a share of rows from 0 (none) on"
    case .unknownStrategy(let name, let known):
      "there is no strategy '\(name)'; choose one of \(known.joined(separator: ", "))"
    case .notFinite(let constant):
      "weights '\(constant)' hold a value that is not a finite number; export the network again"
    case .nothingToShare(let network):
      "no operator of network '\(network)' is worth sharing among boards; run it on one with 'edgemesh run'"
    case .memory(let seat, let needed, let allowed):
      "seat \(seat) needs \(needed) bytes and has \(allowed): \(needed - allowed) bytes are missing; "
        + "give more seats, more memory or a smaller --replicate"
    case .plan(let error): error.description
    }
  }
}
