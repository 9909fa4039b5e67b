import Networks
public import Plans

/// Makes plans: scores, a strategy, and the sums that tell whether they fit.
public enum Planner {
  public struct Result: Sendable {
    public var plan: Plan
    public var seats: [SeatSummary]
  }

  /// Makes a plan for a staged network whose file is `reference`.
  public static func plan(
    _ graph: StageGraph, of reference: NetworkReference, request: PlanRequest,
    strategy: any PlanningStrategy = RobustStrategy()
  ) throws(PlanningError) -> Result {
    try request.check()
    guard !graph.stages.isEmpty else { throw .nothingToShare(network: reference.name) }
    let scores = try Importance.l1(of: graph)
    let network = graph.network
    var plan = Plan(
      network: reference, inputs: network.inputs.map { PlanValue(name: $0.name, shape: $0.shape) },
      outputs: network.outputs.map { PlanValue(name: $0.name, shape: $0.shape) },
      seats: [Seat](repeating: Seat(memoryBytes: 0), count: request.seats),
      strategy: Strategy(
        name: type(of: strategy).name, parameters: ["replicate": String(request.replicateShare), "score": "l1"]),
      weightType: request.weightType, stages: [], tailInputs: graph.tail.inputs, fills: [.replica, .zero])
    for (outline, scores) in zip(graph.stages, scores) {
      let placement = strategy.place(ScoredStage(name: outline.name, scores: scores), request: request)
      plan.stages.append(
        Stage(
          name: outline.name, output: outline.output, rowAxis: outline.rowAxis, inputs: outline.inputs,
          owners: placement.owners, replicas: placement.replicas))
    }
    do { try plan.validate() } catch { throw .plan(error) }
    let summaries = graph.summaries(of: plan)
    for summary in summaries { plan.seats[summary.seat].memoryBytes = summary.memoryBytes }
    if let allowed = request.memoryBytesPerSeat,
      let neediest = summaries.max(by: { $0.memoryBytes < $1.memoryBytes }), neediest.memoryBytes > allowed
    {
      throw .memory(seat: neediest.seat, needed: neediest.memoryBytes, allowed: allowed)
    }
    return Result(plan: plan, seats: summaries)
  }
}
