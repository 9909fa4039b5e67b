public import Plans
public import Tensors

/// All seats of a plan in one process, without a wire: the reference for what a mesh must answer, whole or degraded.
///
/// Losses are uniform: every receiver misses the same seats from the same stage on. Missing rows come from replicas
/// where a live seat has them, else from the plan's next fill.
public struct LocalMesh: Sendable {
  public let plan: Plan
  private let programs: [SeatProgram]

  /// - Parameter programs: one a seat, in seat order.
  public init(plan: Plan, programs: [SeatProgram]) {
    precondition(programs.map(\.seat) == Array(plan.seats.indices), "a local mesh has one program for every seat")
    self.plan = plan
    self.programs = programs
  }

  /// What stood in for missing rows at one stage.
  public struct StageProvenance: Sendable, Hashable {
    /// Seats whose rows were not delivered, ascending.
    public var missingSeats: [Int] = []
    /// Rows by what they came from instead of their owner.
    public var filledRows: [Fill: Int] = [:]
  }

  public struct Answer: Sendable {
    /// The network's outputs, in the plan's order.
    public var outputs: [Tensor]
    /// One a stage.
    public var provenance: [StageProvenance]

    /// Whether no row's place was taken by anything but a replica.
    public var isExact: Bool { provenance.allSatisfy { $0.filledRows.keys.allSatisfy { $0 == .replica } } }
  }

  /// Runs one sample.
  ///
  /// - Parameters:
  ///   - inputs: the network's inputs, in the plan's order.
  ///   - lost: for each lost seat the first stage whose rows it does not deliver.
  public func run(_ inputs: [Tensor], losing lost: [Int: Int] = [:]) throws(ExecutionError) -> Answer {
    let arena = Arena()
    let workspaces = programs.map { Workspace($0, in: arena) }
    for workspace in workspaces {
      for (index, input) in inputs.enumerated() { try workspace.place(input: index, input) }
    }
    var provenance: [StageProvenance] = []
    for stage in plan.stages.indices {
      let live = plan.seats.indices.filter { lost[$0].map { stage < $0 } ?? true }
      provenance.append(try exchange(stage, among: live, workspaces))
    }
    guard let gateway = plan.seats.indices.first(where: { lost[$0] == nil }) else {
      throw .incomplete(.stage(plan.stages.count - 1), missingRows: plan.stages.last?.rowCount ?? 0)
    }
    return Answer(outputs: try workspaces[gateway].computeTail(), provenance: provenance)
  }

  private func exchange(
    _ stage: Int, among live: [Int], _ workspaces: [Workspace]
  ) throws(ExecutionError) -> StageProvenance {
    let stagePlan = plan.stages[stage]
    var provenance = StageProvenance()
    var slices: [(seat: Int, slice: SliceBytes)] = []
    var missing: Set<Int> = []
    for seat in plan.seats.indices where stagePlan.owners.contains(seat) {
      if live.contains(seat) {
        slices.append((seat, try workspaces[seat].compute(stage: stage, unit: .own)))
        continue
      }
      provenance.missingSeats.append(seat)
      missing.formUnion(stagePlan.ownRows(of: seat))
      // The holders are asked from the next seat round, as on the wire.
      for step in 1..<plan.seats.count {
        let holder = (seat + step) % plan.seats.count
        let rows = live.contains(holder) ? stagePlan.replicaRows(of: seat, at: holder) : []
        guard rows.contains(where: missing.contains) else { continue }
        slices.append((holder, try workspaces[holder].compute(stage: stage, unit: .replica(of: seat))))
        let found = missing.intersection(rows)
        missing.subtract(found)
        provenance.filledRows[.replica, default: 0] += found.count
      }
    }
    for (sender, slice) in slices {
      for receiver in live where receiver != sender { try workspaces[receiver].place(.stage(stage), slice) }
    }
    if !missing.isEmpty {
      provenance.filledRows[.zero, default: 0] += missing.count
      for receiver in live { try workspaces[receiver].fill(.stage(stage), rows: missing.sorted(), with: .zero) }
    }
    return provenance
  }
}
