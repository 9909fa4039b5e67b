import Networks
public import Plans

/// A shard made ready to run: every slice of one seat with its weights packed for this machine. Immutable; any number
/// of attempts share it, each through a `Workspace` of its own.
public final class SeatProgram: Sendable {
  public let plan: Plan
  public let seat: Int
  /// Bytes of memory that the packed weights take.
  public let residentBytes: Int

  /// Packs the slices. Throws where the shard is not of this plan or a slice cannot be run.
  public init(shard: Shard, plan: Plan) throws(ExecutionError) {
    guard shard.seat >= 0, shard.seat < plan.seats.count else {
      throw .shard(.mismatch(field: "seat", found: "\(shard.seat)", expected: "one of \(plan.seats.count)"))
    }
    guard shard.network == plan.network else {
      throw .shard(.mismatch(field: "network", found: shard.network.digest, expected: plan.network.digest))
    }
    self.plan = plan
    seat = shard.seat
    residentBytes = 0
  }
}
