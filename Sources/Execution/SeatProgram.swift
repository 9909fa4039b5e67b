import Networks
public import Plans
public import Tensors

/// A shard made ready to run: every slice of one seat with its weights packed for this machine. Immutable; any number
/// of attempts share it, each through a `Workspace` of its own.
public final class SeatProgram: Sendable {
  public let plan: Plan
  public let seat: Int
  /// Bytes of memory that the packed weights take.
  public let residentBytes: Int

  /// For each stage its units' networks.
  let slices: [[ComputeUnit: PreparedNetwork]]
  /// What makes the outputs that are not exchanged themselves.
  let tail: PreparedNetwork?
  /// The last stage that computes from a value; the number of stages for what the tail computes from.
  let lastUses: [GatheredValue: Int]

  /// Packs the slices one after the other: own ones, replicas, the tail. Throws where the shard is not of this plan, is
  /// damaged, or a slice cannot be run.
  ///
  /// - Parameters:
  ///   - planDigest: the SHA-256 of the plan's file; nil where the caller has compared it.
  ///   - store: where packed weights lie; in memory if none is given. Weights that are found there are not read from
  ///     the shard. The caller finishes it.
  public init(
    shard: Shard, plan: Plan, planDigest: String? = nil, weightsIn store: WeightStore? = nil
  ) throws(ExecutionError) {
    do {
      guard plan.seats.indices.contains(shard.seat) else {
        throw ShardError.mismatch(field: "seat", found: "\(shard.seat)", expected: "one of \(plan.seats.count)")
      }
      guard shard.network == plan.network else {
        throw ShardError.mismatch(field: "network", found: shard.network.digest, expected: plan.network.digest)
      }
      if let planDigest, shard.planDigest != planDigest {
        throw ShardError.mismatch(field: "plan", found: shard.planDigest, expected: planDigest)
      }
      guard shard.stageCount == plan.stages.count else {
        throw ShardError.mismatch(
          field: "number of stages", found: "\(shard.stageCount)", expected: "\(plan.stages.count)")
      }
      var slices: [[ComputeUnit: PreparedNetwork]] = []
      for stage in plan.stages.indices {
        var units: [ComputeUnit: PreparedNetwork] = [:]
        for unit in plan.units(ofStage: stage, at: shard.seat) {
          units[unit] = try Self.slice(stage, unit, of: shard, plan: plan, store)
        }
        slices.append(units)
      }
      self.slices = slices
      tail = try Self.tail(of: shard, plan: plan, store)
      try shard.checkReads()
      store?.mark(shard.contentDigest)
    } catch let error as ShardError {
      throw .shard(error)
    } catch let error as NetworkError {
      throw .network(error)
    } catch {
      throw .shard(.malformed("\(error)"))
    }
    self.plan = plan
    seat = shard.seat
    residentBytes = slices.reduce(tail?.weightBytes ?? 0) { $1.values.reduce($0) { $0 + $1.weightBytes } }
    var lastUses: [GatheredValue: Int] = [:]
    for (index, stage) in plan.stages.enumerated() {
      for input in stage.inputs { lastUses[plan.gatheredValue(named: input) ?? .stage(index)] = index }
    }
    for name in plan.tailInputs + plan.outputs.map(\.name) {
      if let value = plan.gatheredValue(named: name) { lastUses[value] = plan.stages.count }
    }
    self.lastUses = lastUses
  }

  private static func slice(
    _ stage: Int, _ unit: ComputeUnit, of shard: Shard, plan: Plan, _ store: WeightStore?
  ) throws -> PreparedNetwork {
    let name = "slice \(stage) (\(unit))"
    guard let network = try shard.sliceNetwork(stage: stage, unit: unit) else {
      throw ShardError.invalid(field: name, reason: "is missing")
    }
    let prepared = try PreparedNetwork(consume network, weights: plan.weightType, in: store)
    let stagePlan = plan.stages[stage]
    var shape = stagePlan.output.shape
    shape[stagePlan.rowAxis] = plan.rows(ofStage: stage, unit: unit, at: shard.seat).count
    guard prepared.outputs.map(PlanValue.init) == [PlanValue(name: stagePlan.output.name, shape: shape)] else {
      throw ShardError.invalid(field: name, reason: "does not make \(stagePlan.output.name) \(shape)")
    }
    try check(prepared.inputs, are: stagePlan.inputs, plan: plan, name: name)
    return prepared
  }

  private static func tail(of shard: Shard, plan: Plan, _ store: WeightStore?) throws -> PreparedNetwork? {
    let computed = plan.outputs.filter { plan.gatheredValue(named: $0.name) == nil }
    guard let network = try shard.tailNetwork() else {
      guard computed.isEmpty else { throw ShardError.invalid(field: "tail", reason: "is missing") }
      return nil
    }
    let prepared = try PreparedNetwork(consume network, weights: plan.weightType, in: store)
    guard prepared.outputs.map(PlanValue.init) == computed else {
      throw ShardError.invalid(
        field: "tail", reason: "does not make \(computed.map(\.name).joined(separator: ", "))")
    }
    try check(prepared.inputs, are: plan.tailInputs, plan: plan, name: "tail")
    return prepared
  }

  /// A slice computes from values that the plan gathers for it, in their shapes.
  private static func check(
    _ inputs: [ValueDescription], are known: [String], plan: Plan, name: String
  ) throws(ShardError) {
    for input in inputs {
      guard known.contains(input.name), let value = plan.gatheredValue(named: input.name),
        plan.shape(of: value) == input.shape
      else {
        throw .invalid(field: name, reason: "computes from \(input.name) \(input.shape), which the plan does not")
      }
    }
  }
}

extension PlanValue {
  fileprivate init(_ description: ValueDescription) { self.init(name: description.name, shape: description.shape) }
}

extension Plan {
  /// The shape of a value of this plan, gathered whole.
  func shape(of value: GatheredValue) -> Shape {
    switch value {
    case .input(let index): inputs[index].shape
    case .stage(let index): stages[index].output.shape
    }
  }
}
